package world

import (
	"fmt"
	"sync"
)

// returns keeps the end of the last reconcile; of several at the same time, that of the
// first object by name.
type returns struct {
	mu   sync.Mutex // the innermost lock
	last Returned
}

// note notes that a reconcile has returned.
func (r *returns) note(one Returned) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one.At.After(r.last.At) || one.Reconcile.Object <= r.last.Reconcile.Object {
		r.last = one
	}
}

// latest says which object was reconciled last, and what came of it; empty if none was.
func (r *returns) latest() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch object := r.last.Reconcile.Object; {
	case object == "":
		return ""
	case r.last.Err != nil:
		return fmt.Sprintf("the last reconcile, of %s, failed: %v", object, r.last.Err)
	default:
		return "the last reconcile was one of " + object
	}
}
