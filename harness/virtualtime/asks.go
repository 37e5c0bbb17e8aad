package virtualtime

import "context"

// asking is the context of something that a task waits for.
type asking struct {
	context.Context
	waits bool // it is a Clock's Wait, which ends with the context
}

// Asks records that the task waits for something under a context, until over is called.
// When a deadline passes that this context doesn't derive from, the task stays parked.
func (o Task) Asks(ctx context.Context) (over func()) { return o.asks(&asking{Context: ctx}) }

func (o Task) asks(a *asking) (over func()) {
	if o.name == "" {
		return func() {}
	}
	all := o.quiescence.asked
	o.quiescence.Do(func() {
		if all[o.name] == nil {
			all[o.name] = map[*asking]struct{}{}
		}
		all[o.name][a] = struct{}{}
	})
	return func() {
		o.quiescence.Do(func() {
			if delete(all[o.name], a); len(all[o.name]) == 0 {
				delete(all, o.name)
			}
		})
	}
}

// CalledOff continues the task's work if it is in a Clock's Wait whose context has ended:
// who waits there goes on, if only later in real time.
func (o Task) CalledOff() {
	off := false
	o.quiescence.Do(func() {
		//determinism:ordered one is enough, whichever is asked first
		for a := range o.quiescence.asked[o.name] {
			off = off || a.waits && a.Err() != nil
		}
	})
	if off {
		o.Resume()
	}
}

// limits says whether a deadline ends what a task waits for. If nobody has said under which
// context it waits, it may.
func (b *bound) limits(o Task) (is bool) {
	if o.name == "" {
		return true
	}
	o.quiescence.Do(func() {
		all := o.quiescence.asked[o.name]
		is = len(all) == 0
		//determinism:ordered it is one of them, or none
		for a := range all {
			is = is || a.Value(b) != nil
		}
	})
	return is
}
