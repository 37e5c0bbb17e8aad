package invariant

import (
	"fmt"
	"slices"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Quiet is the invariant that nothing is done where nothing is left to do.
type Quiet struct{}

// Promise is the invariant in one sentence.
func (Quiet) Promise() string {
	return "once a generation has Succeeded or Failed, or a status is ahead of its object, no further change of the status, and no resync, has a controller reconcile the object; only what it was about to do may still come"
}

// Check counts the reconciles of each time in which nothing was left to do.
func (Quiet) Check(e Evidence) *Breach {
	for n := 0; n < len(e.Versions); n++ {
		first := e.Versions[n]
		if !isSettled(first.Object) || first.Late > 0 {
			continue
		}
		// A status that somebody puts ahead of what had ended is a change that is looked at.
		for n+1 < len(e.Versions) && isSettled(e.Versions[n+1].Object) && ended(e.Versions[n+1].Object) == ended(first.Object) && e.Versions[n+1].Object.Generation == first.Object.Generation {
			n++
		}
		end := e.Deleted
		if n+1 < len(e.Versions) {
			end = e.Versions[n+1].At
		}
		if b := e.quiet(first, end); b != nil {
			return b
		}
	}
	return nil
}

// isSettled says whether there is nothing to do for an object until it changes.
func isSettled(o *v1.DeviceDeployment) bool {
	return o.DeletionTimestamp == nil && (o.Status.ObservedGeneration > o.Generation || ended(o))
}

// quiet counts the reconciles from a version on, up to an end that is zero if there is none.
func (e Evidence) quiet(from Version, end time.Time) *Breach {
	writer, count := e.reconcileOf(from.Operation), map[string]int{}
	for _, r := range e.Returns {
		wrote := len(writer) > 0 && writer.by() == r.By
		switch {
		case r.At.Before(from.At), !end.IsZero() && !r.At.Before(end), e.wasStale(r):
			continue
		case wrote && r.Reconcile <= writer[0].Reconcile, e.beganBefore(r, from):
			continue
		}
		may := 1 // it was about to poll, or has just started
		switch {
		case e.together(from.At, r.At):
			may = 3 // another's write woke it at once, and it was refused one itself
		case wrote && !writer[len(writer)-1].refused() && !e.another(writer) && !e.wakes(writer.began(), from.At) && !e.wokenAgain(writer):
			may = 0 // it knows
		}
		if count[r.By]++; count[r.By] > may {
			return breach(r.At, fmt.Sprintf("no reconcile of what is %s", describe(positionOf(from.Object))), fmt.Sprintf("%s reconciles it", r.By))
		}
	}
	return nil
}

// wokenAgain says whether the news of the step before a reconcile comes during it, and so
// wakes its controller once more.
func (e Evidence) wokenAgain(r reconcile) bool {
	return slices.ContainsFunc(e.reconciles(), func(step reconcile) bool { return step.by() == r.by() && e.wakesTwice(step, r) })
}

// wasStale says whether its controller's cache was stale when a reconcile returned, or when
// it made one of its requests.
func (e Evidence) wasStale(r Return) bool {
	return e.stale(r.At) || e.made(r, func(o Operation) bool { return e.stale(o.Began) })
}

// beganBefore says whether a reconcile had made a request when a version was stored.
func (e Evidence) beganBefore(r Return, v Version) bool {
	return e.made(r, func(o Operation) bool { return !v.before(o) })
}

// made says whether a reconcile made a request of some kind.
func (e Evidence) made(r Return, kind func(Operation) bool) bool {
	return slices.ContainsFunc(e.Operations, func(o Operation) bool {
		return o.By == r.By && o.Reconcile == r.Reconcile && kind(o)
	})
}
