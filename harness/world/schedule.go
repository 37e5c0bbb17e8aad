package world

import "example.com/edge-device-operator/harness/process"

// Schedule says what may run at the same time in a world. With either schedule, a
// scenario gives the same bytes each time.
type Schedule string

const (
	// Parallel runs reconciles of different objects at the same time. What happens must
	// not depend on their order, nor on the number of workers.
	Parallel Schedule = "parallel"
	// Sequential runs one thing at a time: a key, a request, what an event handler is told
	// next, or a timer of those that are due at once. The seed draws it from all that are
	// possible. It is for operators whose objects see each other, or that have several
	// controllers. The number of workers makes a difference.
	Sequential Schedule = "sequential"
)

// sequencer returns the sequencer for a world with this schedule.
func (s Schedule) sequencer(o Options) *process.Sequencer {
	switch {
	case s != Sequential:
		return process.NewSequencer(o.Order)
	case o.Order != 0:
		return process.NewSequentialSequencer(o.Order)
	}
	return process.NewSequentialSequencer(o.Seed)
}
