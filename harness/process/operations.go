package process

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Operation is one numbered request for an object: a write, a read past the cache, or a
// request to its device. Numbers count from 1 and continue across processes, so a crash
// point has a stable name.
type Operation struct {
	// Object is the object's name.
	Object string
	// Number is the request's place among the object's requests.
	Number int
}

// Name is the operation's name in scenarios, such as "web#3".
func (o Operation) Name() string { return fmt.Sprintf("%s#%d", o.Object, o.Number) }

// Side is the side of an operation on which a crash happens.
type Side string

const (
	// Before means that the request is never sent.
	Before Side = "before"
	// After means that the request was served and its answer is lost.
	After Side = "after"
)

// CrashPoint is where a controller is killed.
type CrashPoint struct {
	Operation
	Side Side
}

// String returns the crash point's stable name, such as press-01#7/after.
func (p CrashPoint) String() string { return fmt.Sprintf("%s/%s", p.Name(), p.Side) }

// UnreachedError says that this run never reaches a crash point.
type UnreachedError struct{ Why string }

// Error says why.
func (e *UnreachedError) Error() string { return e.Why }

// Operations numbers the requests of all processes in a world, and holds the armed
// crash points and the breakpoints.
type Operations struct {
	mu     sync.Mutex // guards what follows
	counts map[string]int
	armed  map[CrashPoint]int // the incarnation that has reached it, 0 if none has
	breaks map[Operation]*breakpoint
}

// NewOperations returns an Operations without requests.
func NewOperations() *Operations {
	return &Operations{counts: map[string]int{}, armed: map[CrashPoint]int{}, breaks: map[Operation]*breakpoint{}}
}

// KillAt arms a crash point in addition to others. It returns an error if the operation
// has already been made.
func (o *Operations) KillAt(p CrashPoint) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.made(p.Operation); err != nil {
		return err
	}
	o.armed[p] = 0
	return nil
}

// made returns an error if an operation has been made; o.mu is held.
func (o *Operations) made(op Operation) error {
	if n := o.counts[op.Object]; n >= op.Number {
		return &UnreachedError{fmt.Sprintf("%s has already made %d requests: say this above the command that leads to it", op.Object, n)}
	}
	return nil
}

// Disarm disarms a crash point.
func (o *Operations) Disarm(p CrashPoint) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.armed, p)
}

// Hit returns the incarnation of the controller that has reached an armed crash point,
// 0 if none has.
func (o *Operations) Hit(p CrashPoint) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.armed[p]
}

// Count returns how many requests an object has made.
func (o *Operations) Count(object string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.counts[object]
}

// Counts returns how many requests each object has made.
func (o *Operations) Counts() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.counts)
}

// Made says how many requests an object has made; if none, it names others that end like
// it, for whoever left a controller or a namespace out.
func (o *Operations) Made(object string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	made := fmt.Sprintf("%s made %d requests", object, o.counts[object])
	if o.counts[object] > 0 {
		return made
	}
	for _, other := range slices.Sorted(maps.Keys(o.counts)) {
		if rest, ok := strings.CutSuffix(other, object); ok && (strings.HasSuffix(rest, "/") || strings.HasSuffix(rest, ":")) {
			made += fmt.Sprintf(", but %s made %d", other, o.counts[other])
		}
	}
	return made
}

func (o *Operations) next(object string) Operation {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.counts[object]++
	return Operation{object, o.counts[object]}
}

// crashes says whether a crash point is armed on this side of an operation, and records
// that a controller has reached it.
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
