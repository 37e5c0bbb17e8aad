package world

import "example.com/edge-device-operator/harness/process"

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

// sequencer is the sequencer of a world in this schedule.
func (s Schedule) sequencer(o Options) *process.Sequencer {
	switch {
	case s != Sequential:
		return process.NewSequencer(o.Order)
	case o.Order != 0:
		return process.NewSequentialSequencer(o.Order)
	}
	return process.NewSequentialSequencer(o.Seed)
}
