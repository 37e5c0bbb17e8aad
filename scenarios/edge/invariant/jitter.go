package invariant

import (
	"fmt"
	"slices"
	"time"
)

// Jitter is the invariant that devices aren't polled in lockstep.
type Jitter struct{}

// Promise is the invariant in one sentence.
func (Jitter) Promise() string {
	return "where the poll interval has a jitter, no three consecutive pauses are equal to the microsecond, unless one ended when a worker came free"
}

// Check compares the pauses between observations of one controller.
func (Jitter) Check(e Evidence) *Breach {
	shortest, longest := e.polls()
	if longest-shortest < time.Millisecond {
		return nil // it would be chance
	}
	last, pauses, same := map[string]reconcile{}, map[string]time.Duration{}, map[string]int{}
	for _, r := range e.reconciles() {
		by := r.by()
		pause, judged := e.pause(last[by], r)
		last[by] = r
		switch {
		case !judged || pause < shortest || pause > longest, e.waitedForWorker(r):
			same[by] = 0
		case same[by] == 0 || pause != pauses[by]:
			pauses[by], same[by] = pause, 1
		default:
			same[by]++
		}
		if same[by] == 3 {
			return breach(r.began(), fmt.Sprintf("%s observes again after %s, and after a pause that differs from the two before", by, e.interval()), fmt.Sprintf("it observes again after %v for the third time", pause))
		}
	}
	return nil
}

// waitedForWorker says whether a reconcile began when a worker came free for it.
func (e Evidence) waitedForWorker(r reconcile) bool {
	return slices.ContainsFunc(e.Waits, func(w Wait) bool { return w.By == r.by() && w.To.Equal(r.began()) })
}
