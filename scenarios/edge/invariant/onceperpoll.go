package invariant

import (
	"fmt"
	"slices"
	"time"
)

// maxReadings is the most readings that an observation may take until two agree.
const maxReadings = 4

// OncePerPoll is the invariant that a device gets no more requests than polling needs.
type OncePerPoll struct{}

// Promise is the invariant in one sentence.
func (OncePerPoll) Promise() string {
	return "in each poll interval, less its jitter, a controller makes at most one observation of an object's device in a phase, which ends with the first request that shows nothing or agrees with the one before, or after four, and then at most one POST"
}

// Check looks at each reconcile, and at the pause between two in one phase.
func (OncePerPoll) Check(e Evidence) *Breach {
	last, earlier := map[string]reconcile{}, map[string]reconcile{}
	shortest, _ := e.polls()
	reconciles := e.reconciles()
	for n, r := range reconciles {
		if b := once(r); b != nil {
			return b
		}
		if b := ends(r); b != nil && (r[len(r)-1].Kind != Health || e.isOver(reconciles[n+1:], r)) {
			return b
		}
		first, before := earlier[r.by()], last[r.by()]
		earlier[r.by()], last[r.by()] = before, r
		if pause, judged := e.pause(before, r); judged && pause < shortest && !e.wakes(before.began(), r.began()) && !e.wakesTwice(first, before) {
			return breach(r.began(), fmt.Sprintf("%s observes again after %s, the poll interval", r.by(), e.interval()), fmt.Sprintf("it observes again after %v", pause))
		}
	}
	return nil
}

// wakesTwice says whether what woke the controllers during a reconcile that took a step
// made the next one follow at once. The news of the step then came during that next one,
// and had it followed by one more.
func (e Evidence) wakesTwice(step, next reconcile) bool {
	return len(step) > 0 && step[0].Reconcile+1 == next[0].Reconcile && step.ended().Equal(next.began()) &&
		e.moreThanReport(step[len(step)-1]) && e.wakes(step.began(), next.began())
}

// polls returns the shortest and the longest pause between two observations.
func (e Evidence) polls() (shortest, longest time.Duration) {
	jitter := e.Timing.Poll / 100 * time.Duration(e.Timing.Jitter)
	return e.Timing.Poll - jitter, e.Timing.Poll + jitter
}

// interval describes the pause between two observations.
func (e Evidence) interval() string {
	shortest, longest := e.polls()
	if shortest == longest {
		return longest.String()
	}
	return fmt.Sprintf("%v to %v", shortest, longest)
}

// once checks one reconcile.
func once(r reconcile) *Breach {
	expected := fmt.Sprintf("one observation in a reconcile, of %d readings at most, and then one POST at most", maxReadings)
	readings, posts, unanswered, agreed := 0, 0, false, false
	var before Operation
	for _, o := range r {
		switch {
		case o.Kind == Health && unanswered:
			return breach(o.Began, "an observation that ends with the first request that shows nothing", fmt.Sprintf("%s is one more", o))
		case o.Kind == Health:
			readings++
			if posts > 0 || readings > maxReadings {
				return breach(o.Began, expected, fmt.Sprintf("%s is one more, after %s and %s", o, some(readings-1, "reading"), some(posts, "POST")))
			}
			if agreed {
				return breach(o.Began, "an observation that ends with the first two readings that agree", fmt.Sprintf("%s is one more", o))
			}
			unanswered, agreed = o.Health == nil, readings > 1 && agree(before, o)
			before = o
		case o.posts():
			posts++
			if posts > 1 {
				return breach(o.Began, expected, fmt.Sprintf("%s is POST number %d", o, posts))
			}
		}
	}
	return nil
}

// ends checks that an observation, which is over, was at its end.
func ends(r reconcile) *Breach {
	readings := r.observation()
	if len(readings) == 0 || len(readings) == maxReadings || readings[len(readings)-1].Health == nil {
		return nil
	}
	if pair := readings.lastTwo(); len(pair) == 2 && agree(pair[0], pair[1]) {
		return nil
	}
	last := readings[len(readings)-1]
	return breach(last.Ended, "an observation that ends with two readings in a row that agree, or after four", fmt.Sprintf("it ends with %s", last))
}

// pause returns the time between two consecutive reconciles of a controller. It is
// judged only if both observe the device in the same phase, and the API server refused
// nothing and was in reach: how long the controller waits then is up to
// controller-runtime.
func (e Evidence) pause(a, b reconcile) (time.Duration, bool) {
	if len(a) == 0 || a[0].Reconcile+1 != b[0].Reconcile || !a.observes() || !b.observes() || a.refused() || e.moreThanReport(a[len(a)-1]) {
		return 0, false
	}
	for _, v := range e.between(a[0].Number, b[0].Number) {
		if !v.At.Before(a.began()) && !v.At.After(b.began()) {
			return 0, false
		}
	}
	judged := e.isCurrent(a.began()) && e.isCurrent(b.began()) && !e.staleDuring(a) && !e.stale(b.began()) && !e.wokenByAnother(a, b)
	return b.began().Sub(a.ended()), judged
}

// wokenByAnother says whether the reconcile b may have been caused by a version that
// another controller stored: the watch brings that at any time.
func (e Evidence) wokenByAnother(a, b reconcile) bool {
	return e.another(a) && slices.ContainsFunc(e.withoutReports(), func(v Version) bool {
		return !v.At.Before(a.began()) && !v.At.After(b.began())
	})
}

// another says whether another controller was running when a reconcile began, if only up
// to that instant: it may have written in it.
func (e Evidence) another(r reconcile) bool {
	return slices.ContainsFunc(e.Incarnations, func(l Incarnation) bool {
		return l.Name != r.by() && Span{From: l.From, To: l.To}.Overlaps(Span{From: r.began(), To: r.began()})
	})
}

// between returns the versions that may have been stored between two operations,
// without reports: they wake nobody.
func (e Evidence) between(first, last int) []Version {
	all := e.withoutReports()
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

// wakes says whether something other than a timer woke the controllers.
func (e Evidence) wakes(from, to time.Time) bool {
	for _, w := range e.Wakes {
		if !w.Before(from) && !w.After(to) {
			return true
		}
	}
	return false
}
