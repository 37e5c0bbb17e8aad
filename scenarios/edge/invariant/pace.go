package invariant

import (
	"fmt"
	"slices"
	"time"
)

// maxReadings is how many answers one look may take, for two to agree.
const maxReadings = 4

// OncePerPoll is the invariant that a device is left in peace between polls.
type OncePerPoll struct{}

// Promise says it in one sentence.
func (OncePerPoll) Promise() string {
	return "for each object and phase a controller makes at most one look, which ends with the first reading that is not answered, and one POST in a poll interval, less its jitter, in this order"
}

// Check looks at each reconcile, and at the pause between two in one phase.
func (OncePerPoll) Check(e Evidence) *Breach {
	last := map[string]turn{}
	shortest, _ := e.polls()
	for _, t := range e.turns() {
		if b := once(t); b != nil {
			return b
		}
		before := last[t.by()]
		last[t.by()] = t
		if pause, judged := e.pause(before, t); judged && pause < shortest && !e.wakes(before.began(), t.began()) {
			return breach(t.began(), fmt.Sprintf("%s looks again after %s, the poll interval", t.by(), e.interval()), fmt.Sprintf("it looks again after %v", pause))
		}
	}
	return nil
}

// polls are the shortest and the longest pause between two looks.
func (e Evidence) polls() (shortest, longest time.Duration) {
	jitter := e.Timing.Poll / 100 * time.Duration(e.Timing.Jitter)
	return e.Timing.Poll - jitter, e.Timing.Poll + jitter
}

// interval says how long the pause between two looks is.
func (e Evidence) interval() string {
	shortest, longest := e.polls()
	if shortest == longest {
		return longest.String()
	}
	return fmt.Sprintf("%v to %v", shortest, longest)
}

// once checks one reconcile.
func once(t turn) *Breach {
	expected := fmt.Sprintf("one look in a reconcile, of %d readings at most, and then one POST at most", maxReadings)
	readings, posts, unanswered := 0, 0, false
	for _, o := range t {
		switch {
		case o.Kind == Look && unanswered:
			return breach(o.Began, "a look that ends with the first reading that is not answered", fmt.Sprintf("%s looks once more", o))
		case o.Kind == Look:
			readings++
			unanswered = o.Status == 0
			if posts > 0 || readings > maxReadings {
				return breach(o.Began, expected, fmt.Sprintf("%s looks once more, after %s and %s", o, some(readings-1, "reading"), some(posts, "POST")))
			}
		case o.posts():
			posts++
			if posts > 1 {
				return breach(o.Began, expected, fmt.Sprintf("%s is POST number %d", o, posts))
			}
		}
	}
	return nil
}

// pause is how long a controller left a device alone between two reconciles
// that follow each other; it is judged where both look in one phase, and the
// API server refused nothing.
func (e Evidence) pause(a, b turn) (time.Duration, bool) {
	if len(a) == 0 || a[0].Reconcile+1 != b[0].Reconcile || len(a.looks()) == 0 || len(b.looks()) == 0 || a.refused() || e.moves(a[len(a)-1]) {
		return 0, false
	}
	for _, v := range e.between(a[0].Number, b[0].Number) {
		if !v.At.Before(a.began()) && !v.At.After(b.began()) {
			return 0, false
		}
	}
	judged := e.isCurrent(a.began()) && e.isCurrent(b.began()) && !e.stale(b.began()) && !e.told(a, b)
	return b.began().Sub(a.ended()), judged
}

// told says whether the reconcile b may have come of what another controller
// stored: its own queue hears of that, however long the operations before it
// had been.
func (e Evidence) told(a, b turn) bool {
	return e.another(a) && slices.ContainsFunc(e.moved(), func(v Version) bool {
		return !v.At.Before(a.began()) && !v.At.After(b.began())
	})
}

// another says whether another controller lived when a reconcile began.
func (e Evidence) another(t turn) bool {
	return slices.ContainsFunc(e.Incarnations, func(l Incarnation) bool { return l.Name != t.by() && l.Has(t.began()) })
}

// between are the versions that may have been stored between two operations,
// without those that only tell of trouble: they wake nobody.
func (e Evidence) between(first, last int) []Version {
	all := e.moved()
	from, to := 0, len(all)
	for n, v := range all {
		switch {
		case v.Operation == 0:
		case v.Operation < first:
			from = n + 1
		case v.Operation > last && n < to:
			to = n
		}
	}
	return all[from:max(from, to)]
}

// wakes says whether something other than time woke the controllers.
func (e Evidence) wakes(from, to time.Time) bool {
	for _, w := range e.Wakes {
		if !w.Before(from) && !w.After(to) {
			return true
		}
	}
	return false
}
