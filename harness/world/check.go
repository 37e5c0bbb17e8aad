package world

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/trace"
)

// storyLines is how many events of an object's trace a violation shows.
const storyLines = 14

// Violated returns a *ViolationError for a violation.
func (w *World) Violated(v invariant.Violation) error {
	w.Tell()
	return &ViolationError{Violation: v, Trace: w.trace.Tail(v.Object, v.At.Sub(Start), storyLines), narrator: w.hooks.Narrator}
}

// ViolationError says that an invariant is broken, and shows the object's trace up to
// then.
type ViolationError struct {
	invariant.Violation
	// Trace is the object's trace up to the violation.
	Trace []trace.Event

	narrator trace.Narrator
}

// Error describes the violation and shows the trace.
func (e *ViolationError) Error() string {
	story := cmp.Or(strings.TrimRight(trace.Format(e.Trace, e.narrator), "\n"), "nothing")
	return fmt.Sprintf("invariant broken: %s\n  %s at %v\n  expected: %s\n  found:    %s\n  what happened to %s until then:\n    %s",
		e.Promise, e.Object, e.At.Sub(Start).Round(time.Microsecond), e.Expected, e.Found, e.Object, strings.ReplaceAll(story, "\n", "\n    "))
}
