package virtualtime

import "context"

// asking is something that a task waits for, under a context.
type asking struct{ context.Context }

// Asks says that the task waits for something under a context, until over is called: a
// deadline that is still set, but no longer bounds what the task waits for, leaves it
// parked.
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

// holds says whether a bound may be one of what a task waits for: it does where that is
// not known.
func (b *bound) holds(o Task) (is bool) {
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
