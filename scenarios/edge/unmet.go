package edge

import (
	"fmt"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/scenario"
)

// fault is a fault in a device's plan, and the line that added it.
type fault struct {
	line   int
	device string
	// command is the line's: device or fault.
	command string
	// maybe says that it need not happen.
	maybe bool
}

// planned records a fault that is added to a device's plan.
func (s *fileWorld) planned(device string, a *scenario.Arguments, maybe bool) {
	s.faults = append(s.faults, fault{a.Line, device, a.Command.Text, maybe})
}

// Unmet returns the faults that never happened, one error per line.
func (s *fileWorld) Unmet(path string) (all []*scenario.StepError) {
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
	// others is the number of further devices in the line to which it never happened.
	others int
}

// Error says why it never happened, and what to do about it.
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
