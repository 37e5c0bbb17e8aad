package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Terminates is the invariant that every rollout ends. The world itself checks it:
// when nothing is left to happen, or after twice the time that the retry policies can
// take, and a day.
type Terminates struct{}

// Promise is the invariant in one sentence.
func (Terminates) Promise() string {
	return "while a controller is up, every rollout ends in Succeeded or Failed"
}

// Stable is the invariant that a terminal phase is final.
type Stable struct{}

// Promise is the invariant in one sentence.
func (Stable) Promise() string {
	return "once a generation has Succeeded or Failed, a controller that can know so makes no more requests for it"
}

// Check looks for requests after each terminal phase.
func (Stable) Check(e Evidence) *Breach {
	for n, v := range e.Versions {
		if !ended(v.Object) || v.Operation == 0 {
			continue
		}
		for _, r := range e.reconciles() {
			if o := e.needless(v, r, e.until(n)); o != nil {
				return breach(o.Began, fmt.Sprintf("no more requests for generation %d, which has %s", v.Object.Generation, v.Object.Status.Phase), o.String())
			}
		}
	}
	return nil
}

// needless returns the first request of a reconcile that it makes although it can know that
// a generation has ended, up to a time. What a reconcile doesn't know when it begins it may
// write itself or read.
func (e Evidence) needless(v Version, r reconcile, until time.Time) *Operation {
	knows := !e.stale(r.began())
	for n := range r {
		o := &r[n]
		if knows && o.Number > v.Operation && o.Began.Before(until) && !e.together(v.At, o.Began) {
			return o
		}
		wrote := o.Number == v.Operation
		read := o.Kind == Read && o.Read != nil && o.Read.Generation == v.Object.Generation && ended(o.Read)
		knows = knows || wrote || read
	}
	return nil
}

// ended says whether an object's status says that its generation has Succeeded or Failed.
func ended(o *v1.DeviceDeployment) bool {
	s := o.Status
	return s.ObservedGeneration == o.Generation && (s.Phase == v1.Succeeded || s.Phase == v1.Failed)
}

// until returns when a terminal version is replaced by another generation or deleted.
func (e Evidence) until(n int) time.Time {
	for _, v := range e.Versions[n+1:] {
		if v.Object.Generation != e.Versions[n].Object.Generation {
			return v.At
		}
	}
	if !e.Deleted.IsZero() {
		return e.Deleted
	}
	return e.Now.Add(1)
}

// together says whether two controllers were running side by side in that time: one of
// them may then be slow.
func (e Evidence) together(from, to time.Time) bool {
	for n, a := range e.Incarnations {
		for _, b := range e.Incarnations[n+1:] {
			since := a.From
			if b.From.After(since) {
				since = b.From
			}
			lasts := func(l Incarnation) bool {
				// Within one instant nobody knows which of them was there first.
				side := l.To.After(since) || l.To.Equal(since) && since.Equal(to)
				return l.To.IsZero() || side && !l.To.Before(from)
			}
			if !since.After(to) && lasts(a) && lasts(b) {
				return true
			}
		}
	}
	return false
}
