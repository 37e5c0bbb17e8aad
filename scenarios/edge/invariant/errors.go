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
	reconciles := e.reconciles()
	for n, r := range reconciles {
		failed := func(f Return) bool { return f.Failed && f.ends(r) }
		if e.fails(r) && e.isCurrent(r.began()) && e.isOver(reconciles[n+1:], r) && !slices.ContainsFunc(e.Returns, failed) {
			return breach(r.ended(), fmt.Sprintf("an error of the reconcile, since %s failed", r[len(r)-1]), "it returns none")
		}
	}
	for _, f := range e.Returns {
		if !f.Failed {
			continue
		}
		n := slices.IndexFunc(reconciles, f.ends)
		requestFailed := n >= 0 && e.fails(reconciles[n])
		// What failed in the instant of the stop may have failed before it.
		if stopping := e.incarnation(f.By).Stopping; !stopping.IsZero() && (f.At.After(stopping) || f.At.Equal(stopping) && !requestFailed) {
			return breach(f.At, fmt.Sprintf("no error of %s, which is told to stop", f.By), "a reconcile returns one")
		}
		if requestFailed || e.wasStale(f) || !e.isCurrent(f.At) {
			continue // a cache that is stale may fail, too
		}
		return breach(f.At, "no error of a reconcile, since no request to the API server failed", fmt.Sprintf("%s returns one", f.By))
	}
	return nil
}

// ends says whether it is the end of that reconcile.
func (f Return) ends(r reconcile) bool { return f.By == r.by() && f.Reconcile == r[0].Reconcile }

// fails says whether a reconcile ended with a request to the API server that makes an error
// of it.
func (e Evidence) fails(r reconcile) bool {
	last := r[len(r)-1]
	return e.endsRefused(r) && last.Status != http.StatusConflict && last.Status != http.StatusNotFound
}

// endsRefused says whether a reconcile ended with a request to the API server that failed, and
// that was no report.
func (e Evidence) endsRefused(r reconcile) bool {
	last := r[len(r)-1]
	report := last.Kind == Write && !e.moreThanReport(last)
	return last.Number > 0 && last.refused() && !last.CalledOff && !report
}
