package invariant

import (
	"fmt"
	"slices"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// apiTimeout bounds the operator's requests to the API server. It is a copy on purpose:
// an operator that waited longer must not move the bound that it is held to.
const apiTimeout = 10 * time.Second

// longestRetry is the longest that the operator waits before it tries again what the API
// server didn't answer; a copy, too.
const longestRetry = 15 * time.Second

// OnTime is the invariant that nothing is early or late, even across restarts.
type OnTime struct{}

// Promise is the invariant in one sentence.
func (OnTime) Promise() string {
	return "a retry starts when it is due, what needs no waiting is done at once, a resync brings an observation, others come at the poll interval, give or take its jitter, and an overdue phase is decided by the next observation: never earlier, and later only if no controller was running that could know, or none had a free worker; it is then done as soon as one can, and workers are given out first come, first served"
}

// Check goes through the waits for a worker, the phases, and then the observations.
func (OnTime) Check(e Evidence) *Breach {
	for _, w := range e.Waits {
		if b := e.served(w); b != nil {
			return b
		}
	}
	reconciles := e.reconciles()
	for n, v := range e.Versions {
		var next *Version
		for m := n + 1; m < len(e.Versions) && next == nil; m++ {
			if !sameStay(v, e.Versions[m]) {
				next = &e.Versions[m]
			}
		}
		if n > 0 && sameStay(e.Versions[n-1], v) {
			continue // a write that repeats the one before
		}
		if b := e.onTime(v, next, reconciles); b != nil {
			return b
		}
	}
	if b := e.resynced(reconciles); b != nil {
		return b
	}
	last := map[string]reconcile{}
	_, longest := e.polls()
	for _, r := range reconciles {
		before := last[r.by()]
		last[r.by()] = r
		if pause, judged := e.pause(before, r); judged && r.began().After(e.worker(r.by(), before.ended().Add(longest))) {
			return breach(r.began(), fmt.Sprintf("%s observes again after %s, the poll interval", r.by(), e.interval()), fmt.Sprintf("it observes again only after %v", pause))
		}
	}
	return nil
}

// sameStay says whether two consecutive versions belong to one stay in a phase.
func sameStay(a, b Version) bool {
	return a.Object.Generation == b.Object.Generation && positionOf(a.Object) == positionOf(b.Object) &&
		a.Object.Status.LastTransitionTime.Equal(&b.Object.Status.LastTransitionTime)
}

// onTime checks one stay in a phase; next is the version that ended it, if any.
func (e Evidence) onTime(v Version, next *Version, reconciles []reconcile) *Breach {
	s := v.status()
	switch {
	case v.Object.DeletionTimestamp != nil:
	case s == nil || s.ObservedGeneration < v.Object.Generation:
		if next != nil && next.Object.Generation == v.Object.Generation {
			return e.notLate(fmt.Sprintf("generation %d is taken up", v.Object.Generation), v.At, next.At)
		}
	case s.ObservedGeneration > v.Object.Generation, s.Phase == v1.Succeeded, s.Phase == v1.Failed:
	case e.isAhead(v, e.lasts(next)):
		return e.notLate("a lastTransitionTime that is ahead of the clock is replaced", v.At, e.lasts(next))
	case s.Phase == v1.Pending && next != nil && next.status() != nil && next.status().Phase == v1.Transferring && next.Object.Generation == v.Object.Generation:
		if s.Attempts == 0 {
			return e.notLate("the first attempt starts", v.At, next.At)
		}
		failed, backoff := s.LastTransitionTime.Time, backoffOf(v.Object)
		what := fmt.Sprintf("the retry starts %v after the failure, the backoff,", backoff)
		starts, _ := e.written(*next)
		if early := starts.Sub(failed); early < backoff && !e.byHand(*next) {
			return breach(next.At, what+" and not before", fmt.Sprintf("it starts %v after the failure", early))
		}
		due := failed.Add(backoff)
		if (e.byHand(v) || v.Late > 0) && due.Before(v.At) {
			due = v.At // nobody could know before
		}
		return e.notLate(what, due, starts)
	case e.deadline(s.Phase) > 0:
		return e.observedOnTime(v, next, reconciles)
	}
	return nil
}

// resynced checks that what wakes a controller has it observe each device whose rollout
// goes on. Where a watch has come back, or there are several controllers, that is left to
// others.
func (e Evidence) resynced(reconciles []reconcile) *Breach {
	for _, at := range e.Wakes {
		var v *Version
		for n := range e.Versions {
			if !e.Versions[n].At.After(at) {
				v = &e.Versions[n]
			}
		}
		live := 0
		for _, l := range e.Incarnations {
			if l.Has(at) {
				live++
			}
		}
		gone := !e.Deleted.IsZero() && !at.Before(e.Deleted)
		if gone || v == nil || v.status() == nil || v.Object.DeletionTimestamp != nil || e.stale(at) || live != 1 || e.deadline(v.status().Phase) == 0 || v.status().ObservedGeneration != v.Object.Generation {
			continue
		}
		next := slices.IndexFunc(reconciles, func(r reconcile) bool { return !r.began().Before(at) && r.observes() })
		if next < 0 {
			continue
		}
		if b := e.notLate("what goes on is observed after a resync", at, reconciles[next].began()); b != nil {
			return b
		}
	}
	return nil
}

// isAhead says whether the lastTransitionTime of a stay that lasted until then is ahead of
// the clock, and still was when a controller could know of it.
func (e Evidence) isAhead(v Version, until time.Time) bool {
	since := v.Object.Status.LastTransitionTime
	known, judged := e.latest(v.At, until)
	return since.After(v.At) && (!judged || since.After(known))
}

// lasts returns until when a version lasted: until the next one, if there is one, or the
// object's deletion, or now.
func (e Evidence) lasts(next *Version) time.Time {
	switch {
	case next != nil:
		return next.At
	case !e.Deleted.IsZero():
		return e.Deleted
	}
	return e.Now
}

// observedOnTime checks one stay in a phase in which the device is observed.
func (e Evidence) observedOnTime(v Version, next *Version, reconciles []reconcile) *Breach {
	until := e.Now
	if next != nil {
		until = next.At
	}
	first := map[string]bool{}
	overdue := v.Object.Status.LastTransitionTime.Add(e.deadline(v.Object.Status.Phase))
	for n, r := range reconciles {
		after := v.place() > 0 && r[0].Number > v.place() || r.began().After(v.At)
		if !after || !r.began().Before(until) || !e.isCurrent(r.began()) || len(r.observation()) == 0 {
			continue
		}
		due := v.At
		if incarnation := e.incarnation(r.by()); incarnation.From.After(due) {
			due = incarnation.From
		}
		if !first[r.by()] && len(first) == 0 || !first[r.by()] && due.After(v.At) {
			if b := e.notLate(fmt.Sprintf("%s is followed by a first observation", v.Object.Status.Phase), due, r.began()); b != nil {
				return b
			}
		}
		first[r.by()] = true
		if r.began().Before(overdue) || e.staleDuring(r) || r.refused() || e.moreThanReport(r[len(r)-1]) || !e.isOver(reconciles[n+1:], r) {
			continue
		}
		phase := v.Object.Status.Phase
		lasted := r.began().Sub(v.Object.Status.LastTransitionTime.Time)
		return breach(r.began(), fmt.Sprintf("this observation ends %s, which may last %v", phase, e.deadline(phase)), fmt.Sprintf("%s goes on, after %v", phase, lasted))
	}
	return nil
}

// isOver says whether a reconcile has returned: the controller has begun another.
func (e Evidence) isOver(later []reconcile, r reconcile) bool {
	for _, l := range later {
		if l.by() == r.by() && l[0].Reconcile > r[0].Reconcile {
			return true
		}
	}
	return false
}

// notLate checks that something that was due was done as soon as it could be.
func (e Evidence) notLate(what string, due, at time.Time) *Breach {
	latest, judged := e.latest(due, at)
	if judged && at.After(latest) {
		return breach(at, what+" as soon as a controller can", fmt.Sprintf("that is done %v after one could", at.Sub(latest)))
	}
	return nil
}

// latest returns when something that is due has to be done: once a controller is up
// that can know of it, isn't busy with this object, and has a worker for it. judged is
// false if there was no such controller by the time at which it was done, if one is
// still busy with the object, or if the API server refused a request.
func (e Evidence) latest(due, done time.Time) (at time.Time, judged bool) {
	for _, o := range e.Operations {
		if o.refused() && !o.Ended.Before(due) && !o.Began.After(done) {
			return due, false
		}
	}
	for moved := true; moved && due.Before(done); {
		moved = false
		for _, s := range e.UnderWay {
			switch {
			case s.From.After(due):
			case s.To.IsZero():
				return due, false
			case due.Before(s.To):
				due, moved = s.To, true
			}
		}
		if start, up := e.up(due); !up {
			if start.IsZero() {
				return due, false
			}
			due, moved = start, true
		}
		for _, s := range e.Stale {
			if s.Has(due) && (s.To.IsZero() || due.Before(s.To)) {
				if s.To.IsZero() {
					return due, false
				}
				due, moved = s.To, true
				if e.isFiltered(s) {
					due = due.Add(longestRetry)
				}
			}
		}
		for _, o := range e.Operations {
			if !o.Began.After(due) && due.Before(o.Ended) {
				due, moved = o.Ended, true
			}
		}
		for _, l := range e.Incarnations {
			if worker := e.worker(l.Name, due); worker.After(due) {
				due, moved = worker, true
			}
		}
	}
	return due, true
}

// isFiltered says whether the news that ends a span of staleness wakes no controller. It
// is a resync for an object that stayed as it was, and triggers a reconcile; but an update
// for one of which only the metadata changed, and triggers none.
func (e Evidence) isFiltered(stale Span) bool {
	for n, v := range e.Versions {
		if n > 0 && stale.Has(v.At) && sameStay(e.Versions[n-1], v) {
			return true
		}
	}
	return false
}

// worker returns when a controller had a worker for an object that was due at a time:
// at once, unless it waited for one.
func (e Evidence) worker(controller string, due time.Time) time.Time {
	for _, w := range e.Waits {
		if w.By != controller || w.From.After(due) {
			continue
		}
		if w.To.IsZero() {
			return e.Now
		}
		if due.Before(w.To) {
			due = w.To
		}
	}
	return due
}

// served checks how long an object waited for a worker. The queue is first come, first
// served, so the workers share the reconciles before it, and each of those takes at
// most as long as its requests may. A reconcile that reads from a cache whose watch is
// down may take longer, so that is not judged.
func (e Evidence) served(w Wait) *Breach {
	until := w.To
	if until.IsZero() {
		until = e.Now
	}
	if !e.isCurrent(w.From) || slices.ContainsFunc(e.Stale, func(b Span) bool { return b.Overlaps(Span{From: w.From, To: until}) }) {
		return nil
	}
	// A read from the cache, which may wait for the process's own write; an observation,
	// a read past the cache, a POST, and a write of the status.
	longest := (maxReadings+1)*e.CallTimeout + 3*apiTimeout
	most, waited := time.Duration(w.Before/e.Workers)*longest, until.Sub(w.From)
	if waited <= most {
		return nil
	}
	expected := fmt.Sprintf("%s has a worker for the object within %v, since %s came before it, %v long at most, and %s", w.By, most, some(w.Before, "reconcile"), longest, are(e.Workers, "worker"))
	return breach(until, expected, fmt.Sprintf("it waits for %v", waited))
}

// up says whether a controller is up at a time, and wasn't told to stop. If none is, next
// is when the next one starts, zero if none does.
func (e Evidence) up(t time.Time) (next time.Time, up bool) {
	for _, l := range e.Incarnations {
		switch {
		case l.TakesUp(t):
			return t, true
		case !l.From.Before(t) && (next.IsZero() || l.From.Before(next)) && l.TakesUp(l.From):
			next = l.From
		}
	}
	return next, false
}

// incarnation returns the incarnation of a name.
func (e Evidence) incarnation(name string) Incarnation {
	for _, l := range e.Incarnations {
		if l.Name == name {
			return l
		}
	}
	return Incarnation{}
}

// stale says whether a controller's cache may have been stale at a time.
func (e Evidence) stale(t time.Time) bool { return in(e.Stale, t) }

// staleDuring says whether it may have been while a reconcile went on: one whose
// controller is cut off from the API server meanwhile can't write what it has found.
func (e Evidence) staleDuring(r reconcile) bool {
	for _, s := range e.Stale {
		if s.Overlaps(Span{From: r.began(), To: r.ended()}) {
			return true
		}
	}
	return false
}

func in(spans []Span, t time.Time) bool {
	for _, s := range spans {
		if s.Has(t) {
			return true
		}
	}
	return false
}

// backoffOf returns the pause before a retry.
func backoffOf(o *v1.DeviceDeployment) time.Duration {
	if b := o.Spec.RetryPolicy.BackoffSeconds; b != nil {
		return time.Duration(*b) * time.Second
	}
	return 0
}
