package world

import "example.com/edge-device-operator/harness/instance"

// Schedule says what of a world goes on at a time. Either gives the same bytes
// each time.
type Schedule string

const (
	// Parallel has reconciles of different objects run beside each other. What
	// happens must not depend on their order then, nor on the number of workers.
	Parallel Schedule = "parallel"
	// Sequential has one thing at a time go on, a key or a request, in an order that
	// is drawn from all that could. It is for operators whose objects see each
	// other, or that have several controllers. The number of workers counts.
	Sequential Schedule = "sequential"
)

// gate is the gate of a world in this schedule.
func (s Schedule) gate(o Options) *instance.Gate {
	switch {
	case s != Sequential:
		return instance.NewGate(o.Order)
	case o.Order != 0:
		return instance.NewSequentialGate(o.Order)
	}
	return instance.NewSequentialGate(o.Seed)
}
