package world

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/process"
)

// What every operator promises, without a word of specification.
const (
	// Rests is the promise that an operator stops changing things by itself.
	Rests = "The operator comes to rest."
	// RestsAnew is the promise that nothing is left to do when it has.
	RestsAnew = "Once the operator is at rest, one that starts anew changes nothing."
	// Forgets is the promise that it doesn't go on with what is gone.
	Forgets = "Once the operator is at rest, no object that is gone is reconciled."
	// IsValid is the promise that it writes only what the API server takes.
	IsValid = "The API server refuses nothing that the operator writes as invalid."
	// Panics is the promise that its reconcilers don't panic.
	Panics = "No reconcile panics."
	// Spins is the promise that time goes on.
	Spins = "The operator doesn't spin."
)

// evidence is what is known of a world's operator by which those promises are
// judged, beside the history.
type evidence struct {
	mu    sync.Mutex // guards what follows; no other lock is taken under it
	first *invariant.Violation
}

// against notes what breaks a promise, unless something has before.
func (e *evidence) against(promise, object string, at time.Time, expected, found string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.first == nil {
		e.first = &invariant.Violation{Promise: promise, Object: object, Breach: invariant.Breach{At: at, Expected: expected, Found: found}}
	}
}

// judgeExchange looks at a request that is over.
func (w *World) judgeExchange(x process.Exchange) {
	if invalid := x.Status == http.StatusUnprocessableEntity || x.Status == http.StatusBadRequest; x.API && invalid && !x.Unserved && x.Err == nil {
		w.evidence.against(IsValid, x.Object, x.Ended, "what the API server takes",
			fmt.Sprintf("#%d %s %s → %d: %.300s", x.Number, x.Request.Method, w.shownIn(x.Request.URL.Path, "/"), x.Status, message(x.Body)))
	}
}

// panicked notes a panic of a reconcile.
func (w *World) panicked(r process.Reconcile, value any) {
	w.evidence.against(Panics, r.Object, w.clock.Now(), "a result or an error", fmt.Sprintf("a panic: %.300v", value))
}

// SpinError says that time doesn't go on, since there is always something left to do.
type SpinError struct {
	// Steps is how many steps were taken.
	Steps int
	// At is the virtual time since the world's beginning.
	At time.Duration
}

// Error is one line.
func (e *SpinError) Error() string {
	return fmt.Sprintf("the world spins: %d steps without an end at %v", e.Steps, e.At)
}
