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

// Record is what a world knows of its controllers, beside their requests: what
// they could do. Objects go by their names.
type Record struct {
	// Incarnations are those of all controllers, from start to end.
	Incarnations []invariant.Incarnation
	// Stale is when a controller's cache may have been old.
	Stale []invariant.Span
	// Wakes is when something other than time or a change woke the controllers.
	Wakes []time.Time
	// Waits is when objects waited for a worker.
	Waits map[string][]invariant.Wait
	// CutOff are the reconciles that a kill ended, and UnderWay those that go on.
	CutOff, UnderWay map[string][]invariant.Span
}

// ControllerName names a controller in a Record.
func ControllerName(incarnation int) string { return fmt.Sprintf("controller %d", incarnation) }

// Record returns the world's own record, as of now. It is for the Checker, while
// the world is at rest.
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

// DropWaits drops waits of an object that explain nothing any more.
func (r *Record) DropWaits(object string, drop func(invariant.Wait) bool) {
	r.Waits[object] = slices.DeleteFunc(r.Waits[object], drop)
}

// began and ended say that a controller's incarnation did.
func (r *Record) began(name string, at time.Time) {
	r.Incarnations = append(r.Incarnations, invariant.Incarnation{Name: name, From: at})
}

func (r *Record) ended(name string, at time.Time) {
	for n := range r.Incarnations {
		if r.Incarnations[n].Name == name {
			r.Incarnations[n].To = at
		}
	}
}

// wentStale and caughtUp say that a controller's cache may be old from now on, and
// that it is no more. What it then hears of wakes it.
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

// woken says that something other than time or a change wakes the controllers.
func (r *Record) woken(at time.Time) { r.Wakes = append(r.Wakes, at) }

// waited adds how long objects waited for a worker of a controller. What it says
// of one that still waits takes the place of what was said before.
func (r *Record) waited(by string, waits []virtualtime.Wait[reconcile.Request]) {
	for _, wait := range waits {
		object := wait.Key.Name
		r.DropWaits(object, func(w invariant.Wait) bool { return w.By == by && w.To.IsZero() })
		r.Waits[object] = append(r.Waits[object], invariant.Wait{By: by, Span: invariant.Span{From: wait.From, To: wait.To}, Before: wait.Before})
	}
}

// killed says which reconciles come to no end, and since when they were under way.
func (r *Record) killed(underWay map[string]time.Time, at time.Time) {
	//determinism:ordered each object's on its own
	for object, since := range underWay {
		r.CutOff[object] = append(r.CutOff[object], invariant.Span{From: since, To: at})
	}
}
