package world

import (
	"fmt"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/instance"
)

// Hooks are what those add to a world who know its operator. Each may be nil.
type Hooks struct {
	Narrator Narrator
	Checker  Checker
	Goal     Goal
}

// Narrator tells in words what happens.
type Narrator interface {
	// Narrate says what a request was about and what it came to: parsed fields only,
	// so that no uid, port or resourceVersion gets into the trace. For one object it
	// is called for one request at a time, in their order.
	Narrate(instance.Exchange) string
}

// Checker gathers evidence, and judges by it.
type Checker interface {
	// Exchanged is told of each numbered request once it is over, before it is
	// narrated.
	Exchanged(instance.Exchange)
	// Check is called each time the world has come to rest. The error, as Violated
	// makes it, ends the run.
	Check() error
}

// Goal is what a world is let run for where a command names no time.
type Goal interface {
	// Promise is the promise that the goal is reached.
	Promise() string
	// Expected says in which state an object has reached it, and State in which one
	// is.
	Expected() string
	State(client.Object) string
	// Unended are the objects that have not reached it, and still can.
	Unended() ([]client.Object, error)
	// Patience is how long it may take. With something in the way of every controller
	// that is what it may take them to do what they still can.
	Patience(obstructed bool) Patience
}

// Patience is how much virtual time a world may take to come to its goal.
type Patience struct {
	// For is how much.
	For time.Duration
	// Why says how that follows, after a comma.
	Why string
	// Short says why it isn't enough, empty where it is.
	Short string
}

// narrate tells of a request in the narrator's words, or else in those of HTTP.
func (w *World) narrate(x instance.Exchange) string {
	if w.hooks.Narrator != nil {
		return w.hooks.Narrator.Narrate(x)
	}
	// Its number says how many worlds there have been.
	text := x.Request.Method + " " + strings.Replace(x.Request.URL.Path, "/namespaces/"+w.namespace+"/", "/", 1)
	if x.Err != nil {
		return text + ": no answer"
	}
	return fmt.Sprintf("%s → %d", text, x.Status)
}
