package invariant

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Retries is the invariant that what the API server refuses is tried again in good time.
type Retries struct{}

// Promise is the invariant in one sentence.
func (Retries) Promise() string {
	return "after a request to the API server that fails, the object is reconciled again: at the next poll after a conflict, or if it is gone; otherwise 5 ms later, which doubles with each failure in a row, up to 15 s; a report that fails is not tried again before its poll"
}

// shortestRetry is the first such pause.
const shortestRetry = 5 * time.Millisecond

// Check measures the pause after each reconcile that ends with such a request.
func (Retries) Check(e Evidence) *Breach {
	failures, reconciles := map[string]int{}, e.reconciles()
	for n, r := range reconciles {
		by := r.by()
		m := slices.IndexFunc(reconciles[n+1:], func(l reconcile) bool { return l.by() == by })
		pause := min(shortestRetry<<min(failures[by], 20), longestRetry)
		switch {
		case !e.endsRefused(r):
			failures[by] = 0
			continue
		case e.fails(r):
			failures[by]++
		default:
			pause, failures[by] = e.Timing.Poll, 0 // a conflict, or it is gone
		}
		if m < 0 {
			continue
		}
		next := reconciles[n+1+m]
		if next[0].Reconcile != r[0].Reconcile+1 {
			failures[by] = 0 // of the one in between nothing is known
			continue
		}
		if b := e.retried(r, next, pause); b != nil {
			return b
		}
	}
	return nil
}

// retried checks the pause between a reconcile that failed and the next one.
func (e Evidence) retried(r, next reconcile, pause time.Duration) *Breach {
	if e.staleDuring(r) || e.stale(next.began()) || !e.isCurrent(r.began()) || !e.isCurrent(next.began()) {
		return nil
	}
	due := e.worker(r.by(), r.ended().Add(pause))
	conflict := r[len(r)-1].Status == http.StatusConflict
	woken := e.wakes(r.began(), next.began()) || e.another(r) || slices.ContainsFunc(e.Versions, func(v Version) bool {
		// What a conflict is with may have been stored in the instant in which it began.
		return !v.At.Before(r.began()) && v.before(next[0]) && (conflict || !v.before(r[0]))
	})
	if late := next.began().After(due); late || !woken && next.began().Before(due) {
		return breach(next.began(), fmt.Sprintf("%s reconciles again %v after %s failed", r.by(), pause, r[len(r)-1]), fmt.Sprintf("it does so after %v", next.began().Sub(r.ended())))
	}
	return nil
}
