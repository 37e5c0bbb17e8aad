package world

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/trace"
)

// checked counts what was checked, and remembers how much of each object's
// evidence that was.
type checked struct {
	times int
	seen  map[types.UID][2]int
}

// Checks is how many times the invariants were checked on some object.
func (w *World) Checks() int { return w.checked.times }

// check checks the invariants on every object of which there is new evidence.
func (w *World) check() error {
	all, err := w.history.versions()
	if err != nil {
		return err
	}
	if w.checked.seen == nil {
		w.checked.seen = map[types.UID][2]int{}
	}
	for _, versions := range all {
		evidence := invariant.Evidence{Versions: versions, Foreign: w.foreign}
		if m := w.fleet.find(versions[0].Object.Spec.DeviceRef); m != nil {
			evidence.Initial, evidence.Deeds = m.initial, m.device.Truth().Deeds
		}
		uid, size := versions[0].Object.UID, [2]int{len(versions), len(evidence.Deeds)}
		if w.checked.seen[uid] == size {
			continue
		}
		w.checked.seen[uid] = size
		w.checked.times++
		if v := invariant.Check(evidence); v != nil {
			w.tellDeeds()
			return &ViolationError{Violation: *v, Trace: w.trace.Tail(v.Object, v.At.Sub(Start), storyLines)}
		}
	}
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
	return fmt.Sprintf("invariant broken: %s\n  %s at %v: %s\n  what happened to %s until then:\n    %s",
		e.Promise, e.Object, e.At.Sub(Start).Round(time.Microsecond), e.Detail, e.Object, strings.ReplaceAll(story, "\n", "\n    "))
}
