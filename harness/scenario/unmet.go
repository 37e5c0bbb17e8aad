package scenario

import (
	"fmt"
	"strings"

	"example.com/edge-device-operator/devicesim"
)

// fault is a fault of a device's plan, and the line that put it there.
type fault struct {
	line   int
	device string
	// command is the line's: device or fault.
	command string
	// maybe says that it needn't happen.
	maybe bool
}

// planned notes a fault as it is added to a device's plan.
func (r *run) planned(device string, a *arguments, maybe bool) {
	r.faults = append(r.faults, fault{a.line, device, a.command.text, maybe})
}

// asWritten says whether nothing but the file decides what happens: what it asks
// for and what then never happens is a mistake in it.
func (f *File) asWritten(o Options) bool {
	w := o.World
	return !o.MadeUp && !f.alone && w.Reconciler == nil && w.Order == 0 &&
		(w.Seed == 0 || w.Seed == f.Seed) && (w.Workers == 0 || w.Workers == f.Workers())
}

// unmet is what the file asks for and what never happened.
func (r *run) unmet(f *File) (all []error) {
	if left := r.world.Undisturbed(); len(left) > 0 {
		all = append(all, &StepError{f.Path, f.last(), fmt.Errorf("never made, so that nothing befell them: %s", strings.Join(left, ", "))})
	}
	plans, others := map[string][]fault{}, map[int]*UnmetError{}
	for _, fault := range r.faults {
		plans[fault.device] = append(plans[fault.device], fault)
		n := len(plans[fault.device]) - 1
		o := r.world.Faults(fault.device)[n]
		if o.Happened || fault.maybe {
			continue
		}
		if o.Earlier > 0 {
			o.Why += fmt.Sprintf(", that of line %d", plans[fault.device][o.Earlier-1].line)
		}
		if first := others[fault.line]; first != nil {
			first.others++
			continue
		}
		others[fault.line] = &UnmetError{fault, o, 0}
		all = append(all, &StepError{f.Path, fault.line, others[fault.line]})
	}
	return all
}

// UnmetError says that a fault never happened.
type UnmetError struct {
	fault   fault
	outcome devicesim.Outcome
	// others is how many more devices of the line it never happened to.
	others int
}

// Error says why, and what to do about it.
func (e *UnmetError) Error() string {
	whom, meant := e.fault.device, "end this line with maybe"
	if e.others > 0 {
		whom += fmt.Sprintf(", nor to %d more", e.others)
	}
	if e.fault.command == "device" {
		meant = "make it a fault of its own that ends with maybe"
	}
	return fmt.Sprintf("this never happens to %s: %s; %s, or %s if that is what you mean", whom, e.outcome.Why, e.outcome.Mend, meant)
}
