package world

import (
	"fmt"
	"sync"
	"time"
)

// returns keeps the last reconcile of each object.
type returns struct {
	mu   sync.Mutex // the innermost lock
	last map[string]returned
}

type returned struct {
	at  time.Time
	err error
}

// note notes that a reconcile of an object has returned.
func (r *returns) note(object string, at time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = map[string]returned{}
	}
	r.last[object] = returned{at, err}
}

// latest says which object was reconciled last, and of several at that time the first by
// name, and what came of it; empty if none was.
func (r *returns) latest() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	object, last := "", returned{}
	//determinism:ordered a name decides between two at one time
	for name, one := range r.last {
		if object == "" || one.at.After(last.at) || one.at.Equal(last.at) && name < object {
			object, last = name, one
		}
	}
	switch {
	case object == "":
		return ""
	case last.err != nil:
		return fmt.Sprintf("the last reconcile, of %s, failed: %v", object, last.err)
	}
	return "the last reconcile was one of " + object
}
