package world

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
)

// Hooks are what the seam of an operator adds to a world. Each may be nil.
type Hooks struct {
	// Describer adds to what the trace holds of a request.
	Describer Describer
	// Begin, if set, is given the world when it begins, for hooks that ask it something.
	Begin func(*World)
	// Narrator puts events into words; trace.Text by default.
	Narrator trace.Narrator
	Checker  Checker
	Goal     Goal
	// Returned, if set, is told of each reconcile that returns. Reconciles of several
	// objects may return at the same time.
	Returned func(Returned)
	// Ending takes from an object what may be otherwise in the end where something went
	// wrong on the way, such as how many tries it took.
	Ending func(*Ending)
}

// Returned is the end of a reconcile.
type Returned struct {
	// Reconcile is that reconcile, and Incarnation the controller's process.
	Reconcile   process.Reconcile
	Incarnation int
	// At is when it returned.
	At time.Time
	// Err is its error, nil if it returned none.
	Err error
}

// Describer adds the operator's own fields to events.
type Describer interface {
	// Describe adds to an event what only it can read from its request and the answer:
	// fields, and that an answer is unreadable. It adds no uid, resourceVersion, port
	// or time of the wall clock. Of one work it is told of one request at a time, in
	// their order.
	Describe(process.Exchange, *trace.Event)
}

// Checker collects evidence and checks invariants.
type Checker interface {
	// Exchanged is called with each numbered request once it has ended, before it is
	// described.
	Exchanged(process.Exchange)
	// Check is called each time the world has come to rest. The error, as Violated
	// makes it, ends the run.
	Check() error
}

// Goal is what a world runs for if a command names no time.
type Goal interface {
	// Promise says, in one sentence, that the goal is reached.
	Promise() string
	// Expected says in which state an object has reached it, and State in which one
	// is.
	Expected() string
	State(client.Object) string
	// Unended returns the objects that have not reached it, and still can.
	Unended() ([]client.Object, error)
	// Patience is how long it may take. With something in the way of every controller
	// that is what it may take them to do what they still can.
	Patience(obstructed bool) Patience
}

// Patience is how much virtual time a world may take to reach its goal.
type Patience struct {
	// For is that time.
	For time.Duration
	// Why explains it, after a comma.
	Why string
	// Short says why it isn't enough, empty if it is.
	Short string
}
