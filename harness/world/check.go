package world

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/trace"
)

// checked counts what was checked, and remembers how many versions of each
// object that were.
type checked struct {
	times int
	seen  map[types.UID]int
}

// Checks is how many times the invariants were checked on some object.
func (w *World) Checks() int { return w.checked.times }

// check checks the invariants on every object of which there is new evidence:
// another version, or a request in its name. What a device does by time alone
// matters only once somebody asks.
func (w *World) check() error { return w.checkAll(false) }

func (w *World) checkAll(old bool) error {
	all, err := w.history.versions()
	if err != nil {
		return err
	}
	if w.checked.seen == nil {
		w.checked.seen = map[types.UID]int{}
	}
	underWay := map[string][]invariant.Span{}
	for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
		w.record.waited(lifeName(n), w.controllers[n].Waits())
		//determinism:ordered the order of an object's doesn't matter
		for object, since := range w.controllers[n].UnderWay() {
			underWay[object] = append(underWay[object], invariant.Span{From: since})
		}
	}
	w.record.mu.Lock()
	defer w.record.mu.Unlock()
	for _, o := range all {
		uid, name := o.versions[0].Object.UID, o.versions[0].Object.Name
		if !old && w.checked.seen[uid] == len(o.versions) && !w.record.fresh[name] {
			continue
		}
		w.checked.seen[uid] = len(o.versions)
		w.checked.times++
		e := w.evidence(o)
		e.UnderWay = append(e.UnderWay, underWay[name]...)
		if v := invariant.Check(e); v != nil {
			w.tellDeeds()
			return &ViolationError{Violation: *v, Trace: w.trace.Tail(v.Object, v.At.Sub(Start), storyLines)}
		}
	}
	w.record.prune(all)
	return nil
}

// storyLines is how many lines of an object's trace a violation shows.
const storyLines = 14

// ViolationError says that an invariant does not hold, and shows the object's
// trace up to there.
type ViolationError struct {
	invariant.Violation
	// Trace is the object's trace up to the violation.
	Trace []trace.Line
}

// Error tells the violation as a story.
func (e *ViolationError) Error() string {
	story := strings.TrimRight(trace.Format(e.Trace), "\n")
	return fmt.Sprintf("invariant broken: %s\n  %s at %v\n  expected: %s\n  found:    %s\n  what happened to %s until then:\n    %s",
		e.Promise, e.Object, e.At.Sub(Start).Round(time.Microsecond), e.Expected, e.Found, e.Object, strings.ReplaceAll(story, "\n", "\n    "))
}
