package edge

import (
	"fmt"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/scenario"
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
func (s *stage) planned(device string, a *scenario.Arguments, maybe bool) {
	s.faults = append(s.faults, fault{a.Line, device, a.Command.Text, maybe})
}

// Unmet are the faults that never happened, one error for each line.
func (s *stage) Unmet(path string) (all []*scenario.StepError) {
	plans, others := map[string][]fault{}, map[int]*UnmetError{}
	for _, fault := range s.faults {
		plans[fault.device] = append(plans[fault.device], fault)
		n := len(plans[fault.device]) - 1
		o := s.Faults(fault.device)[n]
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
		all = append(all, &scenario.StepError{Path: path, Line: fault.line, Err: others[fault.line]})
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
	return fmt.Sprintf("this never happens to %s: %s; %s, or %s if that is what you mean", whom, e.outcome.Why, e.outcome.Remedy, meant)
}
