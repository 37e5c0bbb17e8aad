package process

import (
	"fmt"
	"sync"
)

// Operation is one numbered request of an object: a write, a read past the
// cache, or a request to its device. Numbers count from 1 and go on across
// processes, so that a crash point has a stable name.
type Operation struct {
	// Object is the object's name.
	Object string
	// Number is the request's place among the object's.
	Number int
}

// Side is the side of an operation that a crash is on.
type Side string

const (
	// Before says that the request never leaves.
	Before Side = "before"
	// After says that the request was served, and its answer is lost.
	After Side = "after"
)

// CrashPoint is where a controller is killed.
type CrashPoint struct {
	Operation
	Side Side
}

// String is the crash point's stable name, such as press-01#7/after.
func (p CrashPoint) String() string { return fmt.Sprintf("%s#%d/%s", p.Object, p.Number, p.Side) }

// UnreachedError says that a crash point is none in this run.
type UnreachedError struct{ Why string }

// Error says why.
func (e *UnreachedError) Error() string { return e.Why }

// Operations numbers the requests of all processes in a world, and knows where
// kills are due.
type Operations struct {
	mu     sync.Mutex // guards what follows
	counts map[string]int
	armed  map[CrashPoint]int // and the incarnation that has come to each, 0 if none has
}

// NewOperations returns an Operations that starts counting.
func NewOperations() *Operations {
	return &Operations{counts: map[string]int{}, armed: map[CrashPoint]int{}}
}

// KillAt arms a crash point, beside those that are. The error says that the
// operation has already been.
func (o *Operations) KillAt(p CrashPoint) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := o.counts[p.Object]; n >= p.Number {
		return &UnreachedError{fmt.Sprintf("%s has already made %d requests", p.Object, n)}
	}
	o.armed[p] = 0
	return nil
}

// Disarm calls an armed crash point off.
func (o *Operations) Disarm(p CrashPoint) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.armed, p)
}

// Hit returns the incarnation of the controller that has come to an armed crash point, 0
// if none has.
func (o *Operations) Hit(p CrashPoint) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.armed[p]
}

// Count is how many requests an object has made.
func (o *Operations) Count(object string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.counts[object]
}

func (o *Operations) next(object string) Operation {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.counts[object]++
	return Operation{object, o.counts[object]}
}

// crashes says whether an armed crash point is on this side of an operation, which
// a controller has come to.
func (o *Operations) crashes(incarnation int, op Operation, side Side) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := CrashPoint{op, side}
	if _, armed := o.armed[p]; !armed {
		return false
	}
	o.armed[p] = incarnation
	return true
}
