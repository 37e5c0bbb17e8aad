package invariant

import (
	"fmt"
	"net/http"
	"slices"
)

// Errors is the invariant that a reconcile's error says that the API server failed, and
// nothing else.
type Errors struct{}

// Promise is the invariant in one sentence.
func (Errors) Promise() string {
	return "a reconcile returns an error if a request to the API server failed, unless that was a conflict, the object is gone, or it was only a report; for nothing else, and not once its controller is told to stop"
}

// Check compares the errors with the requests.
func (Errors) Check(e Evidence) *Breach {
	failed := func(r reconcile) func(Return) bool {
		return func(f Return) bool { return f.Failed && f.By == r.by() && f.Reconcile == r[0].Reconcile }
	}
	reconciles := e.reconciles()
	for n, r := range reconciles {
		if e.fails(r) && e.isCurrent(r.began()) && e.isOver(reconciles[n+1:], r) && !slices.ContainsFunc(e.Returns, failed(r)) {
			return breach(r.ended(), fmt.Sprintf("an error of the reconcile, since %s failed", r[len(r)-1]), "it returns none")
		}
	}
	for _, f := range e.Returns {
		if !f.Failed {
			continue
		}
		n := slices.IndexFunc(reconciles, func(r reconcile) bool { return failed(r)(f) })
		called := n >= 0 && e.fails(reconciles[n])
		// What failed in the instant of the stop may have failed before it.
		if stopping := e.incarnation(f.By).Stopping; !stopping.IsZero() && (f.At.After(stopping) || f.At.Equal(stopping) && !called) {
			return breach(f.At, fmt.Sprintf("no error of %s, which is told to stop", f.By), "a reconcile returns one")
		}
		if called || e.stale(f.At) || !e.isCurrent(f.At) {
			continue // a cache that is stale may fail, too
		}
		return breach(f.At, "no error of a reconcile, since no request to the API server failed", fmt.Sprintf("%s returns one", f.By))
	}
	return nil
}

// fails says whether a reconcile ended with a request to the API server that makes an error
// of it.
func (e Evidence) fails(r reconcile) bool {
	last := r[len(r)-1]
	report := last.Kind == Write && !e.moreThanReport(last)
	return last.Number > 0 && last.refused() && !last.CalledOff && !report && last.Status != http.StatusConflict && last.Status != http.StatusNotFound
}
