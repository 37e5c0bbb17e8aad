package invariant

import (
	"fmt"
	"slices"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// apiTimeout bounds the operator's requests to the API server. It is written down
// here once more, and not taken from the operator: an operator that waited longer
// would move the bound that it is judged by.
const apiTimeout = 10 * time.Second

// OnTime is the invariant that time is kept, across restarts too.
type OnTime struct{}

// Promise says it in one sentence.
func (OnTime) Promise() string {
	return "a retry starts when it is due, what needs no waiting is done at once, looks come at the poll interval, give or take its jitter, and an overdue phase is judged by the next look: never earlier, and later only if no controller was there that could know, or none with a worker to spare; it is then done when one is, and who waits for a worker gets it first come, first served"
}

// Check goes through the waits for a worker, the phases, and then the looks.
func (OnTime) Check(e Evidence) *Breach {
	for _, w := range e.Waits {
		if b := e.served(w); b != nil {
			return b
		}
	}
	turns := e.turns()
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
		if b := e.onTime(v, next, turns); b != nil {
			return b
		}
	}
	last := map[string]turn{}
	_, longest := e.polls()
	for _, t := range turns {
		before := last[t.by()]
		last[t.by()] = t
		if pause, judged := e.pause(before, t); judged && t.began().After(e.worker(t.by(), before.ended().Add(longest))) {
			return breach(t.began(), fmt.Sprintf("%s looks again after %s, the poll interval", t.by(), e.interval()), fmt.Sprintf("it looks again only after %v", pause))
		}
	}
	return nil
}

// sameStay says whether two versions that follow each other are of one stay in
// a phase, which began at one time.
func sameStay(a, b Version) bool {
	return a.Object.Generation == b.Object.Generation && positionOf(a.Object) == positionOf(b.Object) &&
		a.Object.Status.LastTransitionTime.Equal(&b.Object.Status.LastTransitionTime)
}

// onTime checks one stay in a phase; next is what ended it, if anything did.
func (e Evidence) onTime(v Version, next *Version, turns []turn) *Breach {
	s := v.status()
	switch {
	case v.Object.DeletionTimestamp != nil:
	case s == nil || s.ObservedGeneration < v.Object.Generation:
		if next != nil && next.Object.Generation == v.Object.Generation {
			return e.notLate(fmt.Sprintf("generation %d is taken up", v.Object.Generation), v.At, next.At)
		}
	case s.ObservedGeneration > v.Object.Generation, s.Phase == v1.Succeeded, s.Phase == v1.Failed:
	case s.LastTransitionTime.After(v.At):
		by := e.Now
		if next != nil {
			by = next.At
		} else if !e.Deleted.IsZero() {
			by = e.Deleted
		}
		return e.notLate("a lastTransitionTime that is ahead of the clock is replaced", v.At, by)
	case s.Phase == v1.Pending && next != nil && next.status() != nil && next.status().Phase == v1.Transferring && next.Object.Generation == v.Object.Generation:
		if s.Attempts == 0 {
			return e.notLate("the first attempt starts", v.At, next.At)
		}
		failed, backoff := s.LastTransitionTime.Time, backoffOf(v.Object)
		what := fmt.Sprintf("the retry starts %v after the failure, the backoff,", backoff)
		if early := next.At.Sub(failed); early < backoff && !e.byHand(*next) {
			return breach(next.At, what+" and not before", fmt.Sprintf("it starts %v after the failure", early))
		}
		due := failed.Add(backoff)
		if e.byHand(v) && due.Before(v.At) {
			due = v.At // nobody could have known before
		}
		return e.notLate(what, due, next.At)
	case e.deadline(s.Phase) > 0:
		return e.looksOnTime(v, next, turns)
	}
	return nil
}

// looksOnTime checks one stay in a phase in which the device is looked at.
func (e Evidence) looksOnTime(v Version, next *Version, turns []turn) *Breach {
	until := e.Now
	if next != nil {
		until = next.At
	}
	first := map[string]bool{}
	overdue := v.Object.Status.LastTransitionTime.Add(e.deadline(v.Object.Status.Phase))
	for n, t := range turns {
		stored := max(v.Operation, v.After)
		after := stored > 0 && t[0].Number > stored || t.began().After(v.At)
		if !after || !t.began().Before(until) || !e.isCurrent(t.began()) || len(t.looks()) == 0 {
			continue
		}
		due := v.At
		if incarnation := e.incarnation(t.by()); incarnation.From.After(due) {
			due = incarnation.From
		}
		if !first[t.by()] && len(first) == 0 || !first[t.by()] && due.After(v.At) {
			if b := e.notLate(fmt.Sprintf("%s is followed by a first look", v.Object.Status.Phase), due, t.began()); b != nil {
				return b
			}
		}
		first[t.by()] = true
		if t.began().Before(overdue) || e.stale(t.began()) || t.refused() || e.moves(t[len(t)-1]) || !e.isOver(turns[n+1:], t) {
			continue
		}
		phase := v.Object.Status.Phase
		lasted := t.began().Sub(v.Object.Status.LastTransitionTime.Time)
		return breach(t.began(), fmt.Sprintf("this look ends %s, which may last %v", phase, e.deadline(phase)), fmt.Sprintf("%s goes on, after %v", phase, lasted))
	}
	return nil
}

// isOver says whether a reconcile came to its end: the controller has begun
// another.
func (e Evidence) isOver(later []turn, t turn) bool {
	for _, l := range later {
		if l.by() == t.by() && l[0].Reconcile > t[0].Reconcile {
			return true
		}
	}
	return false
}

// notLate checks that something was done by when it could be.
func (e Evidence) notLate(what string, due, at time.Time) *Breach {
	latest, judged := e.latest(due, at)
	if judged && at.After(latest) {
		return breach(at, what+" as soon as a controller can", fmt.Sprintf("that is done %v after one could", at.Sub(latest)))
	}
	return nil
}

// latest is when something that is due has to be done: once a controller is up
// that can know of it, that isn't busy with this very object, and that has a
// worker for it. It isn't judged where there never was one by the time it was
// done, where one is still busy with it, or where the API server refused something.
func (e Evidence) latest(due, done time.Time) (time.Time, bool) {
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

// worker is when a controller had a worker for the object that was due at a
// time: at once, unless it waited for one.
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

// served checks how long an object waited for a worker. Where who comes first is
// served first, the workers share what comes before it, and no reconcile takes
// longer than its requests may; but one may that reads from a cache whose watch is
// down.
func (e Evidence) served(w Wait) *Breach {
	until := w.To
	if until.IsZero() {
		until = e.Now
	}
	if !e.isCurrent(w.From) || slices.ContainsFunc(e.Stale, func(b Span) bool { return b.Overlaps(Span{From: w.From, To: until}) }) {
		return nil
	}
	// A read from the cache, which may wait; a look, a read past the cache, a POST,
	// and a write of what that met.
	longest := (maxReadings+1)*e.CallTimeout + 3*apiTimeout
	most, waited := time.Duration(w.Before/e.Workers)*longest, until.Sub(w.From)
	if waited <= most {
		return nil
	}
	expected := fmt.Sprintf("%s has a worker for the object within %v, since %s came before it, %v long at most, and %s", w.By, most, some(w.Before, "reconcile"), longest, are(e.Workers, "worker"))
	return breach(until, expected, fmt.Sprintf("it waits for %v", waited))
}

// up says whether a controller is up at a time, and if not, when the next one
// starts.
func (e Evidence) up(t time.Time) (next time.Time, up bool) {
	for _, l := range e.Incarnations {
		switch {
		case l.Has(t):
			return t, true
		case !l.From.Before(t) && (next.IsZero() || l.From.Before(next)) && l.From != l.To:
			next = l.From
		}
	}
	return next, false
}

// incarnation is a controller's incarnation.
func (e Evidence) incarnation(name string) Incarnation {
	for _, l := range e.Incarnations {
		if l.Name == name {
			return l
		}
	}
	return Incarnation{}
}

// stale says whether a controller's cache may have been old.
func (e Evidence) stale(t time.Time) bool { return in(e.Stale, t) }

func in(spans []Span, t time.Time) bool {
	for _, s := range spans {
		if s.Has(t) {
			return true
		}
	}
	return false
}

// backoffOf is the pause before a retry of an object.
func backoffOf(o *v1.DeviceDeployment) time.Duration {
	if b := o.Spec.RetryPolicy.BackoffSeconds; b != nil {
		return time.Duration(*b) * time.Second
	}
	return 0
}
