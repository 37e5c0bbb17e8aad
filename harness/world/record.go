package world

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/virtualtime"
)

// Record is a world's record of its controllers besides their requests: what they were
// able to do. Objects are identified by name.
type Record struct {
	// Incarnations are those of all controllers, from start to end.
	Incarnations []invariant.Incarnation
	// Stale are the times at which a controller's cache may have been stale.
	Stale []invariant.Span
	// Wakes are the times at which something other than a timer or a change woke the
	// controllers.
	Wakes []time.Time
	// Waits are the times at which objects waited for a worker.
	Waits map[string][]invariant.Wait
	// CutOff are the reconciles that a kill ended, UnderWay those that have not
	// returned.
	CutOff, UnderWay map[string][]invariant.Span
}

// ControllerName returns a controller's name in a Record.
func ControllerName(incarnation int) string { return fmt.Sprintf("controller %d", incarnation) }

// Record returns the world's record up to now. It is for the Checker, while the world
// is at rest.
func (w *World) Record() *Record {
	r := &w.record
	r.UnderWay = map[string][]invariant.Span{}
	for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
		r.waited(ControllerName(n), w.controllers[n].Waits())
		//determinism:ordered the order of an object's doesn't matter
		for object, since := range w.controllers[n].UnderWay() {
			r.UnderWay[object] = append(r.UnderWay[object], invariant.Span{From: since})
		}
	}
	return r
}

// DropWaits drops waits of an object that are no longer needed as evidence.
func (r *Record) DropWaits(object string, drop func(invariant.Wait) bool) {
	r.Waits[object] = slices.DeleteFunc(r.Waits[object], drop)
}

// began, stopping and ended record the start of a controller's incarnation, that it was
// told to stop, and its end.
func (r *Record) began(name string, at time.Time) {
	r.Incarnations = append(r.Incarnations, invariant.Incarnation{Name: name, From: at})
}

func (r *Record) stopping(name string, at time.Time) {
	if l := r.incarnation(name); l.Stopping.IsZero() {
		l.Stopping = at
	}
}

func (r *Record) ended(name string, at time.Time) { r.incarnation(name).To = at }

// incarnation is the one of a name, which has begun.
func (r *Record) incarnation(name string) *invariant.Incarnation {
	n := slices.IndexFunc(r.Incarnations, func(l invariant.Incarnation) bool { return l.Name == name })
	return &r.Incarnations[n]
}

// wentStale and caughtUp record that a controller's cache may be stale from now on, and
// that it no longer is. The news that it then gets wakes the controller.
func (r *Record) wentStale(at time.Time) {
	r.Stale = append(r.Stale, invariant.Span{From: at})
}

func (r *Record) caughtUp(at time.Time) {
	for n := range r.Stale {
		if r.Stale[n].To.IsZero() {
			r.Stale[n].To = at
		}
	}
	r.woken(at)
}

// woken records that something other than a timer or a change wakes the controllers.
func (r *Record) woken(at time.Time) { r.Wakes = append(r.Wakes, at) }

// waited records how long objects waited for a worker of a controller. An entry for an
// object that still waits replaces the last one.
func (r *Record) waited(by string, waits []virtualtime.Wait[reconcile.Request]) {
	for _, wait := range waits {
		object := wait.Key.Name
		r.DropWaits(object, func(w invariant.Wait) bool { return w.By == by && w.To.IsZero() })
		r.Waits[object] = append(r.Waits[object], invariant.Wait{By: by, Span: invariant.Span{From: wait.From, To: wait.To}, Before: wait.Before})
	}
}

// killed records the reconciles that a kill cut off, and when they began.
func (r *Record) killed(underWay map[string]time.Time, at time.Time) {
	//determinism:ordered each object's on its own
	for object, since := range underWay {
		r.CutOff[object] = append(r.CutOff[object], invariant.Span{From: since, To: at})
	}
}
