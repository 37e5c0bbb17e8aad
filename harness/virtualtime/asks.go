package virtualtime

import "context"

// asking is the context of something that a task waits for.
type asking struct{ context.Context }

// Asks records that the task waits for something under a context, until over is called.
// When a deadline passes that this context doesn't derive from, the task stays parked.
func (o Task) Asks(ctx context.Context) (over func()) {
	if o.name == "" {
		return func() {}
	}
	a, all := &asking{ctx}, o.quiescence.asked
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
