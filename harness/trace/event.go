package trace

import (
	"fmt"
	"time"
)

// Event is one thing that happened.
type Event struct {
	// At is when, in virtual time since the world began.
	At time.Duration `json:"-"`
	// Subject is the name that the event is listed under: that of the work whose
	// request it is, or of the object or the external system that it is about. It is
	// as short as is unambiguous in its world, and empty for what befalls the world
	// as a whole, its controllers and its control plane.
	Subject string `json:"subject,omitempty"`
	// Early puts the event before the others of its instant: what came about by time
	// alone, or sets everything else off.
	Early bool `json:"-"`
	// Actor is who did it.
	Actor Actor `json:"actor"`
	// Kind is what kind of thing it was.
	Kind Kind `json:"kind"`
	// Verb is what was done. Of a read or write it is the API server's: get, list,
	// create, update, patch, delete or deletecollection, and apply for a patch that is a
	// server-side apply; of a request to an external system the HTTP method; of a call of one, a change
	// of its state, and a fault, a word of the system's own; else empty.
	Verb string `json:"verb,omitempty"`
	// Work is what the request was made for, zero if it was no controller's.
	Work Work `json:"work,omitzero"`
	// Number is the request's place among those of its work, from 1; 0 for what is no
	// numbered request.
	Number int `json:"number,omitempty"`
	// Late says that the request was sent some time ago, and arrives now.
	Late bool `json:"late,omitempty"`
	// Concurrent says that another controller lived at the same time.
	Concurrent bool `json:"concurrent,omitempty"`
	// Object is the object that was read or written.
	Object Object `json:"object,omitzero"`
	// Target is the controller, the program or the external system that it was done
	// to, or that was asked for something.
	Target Actor `json:"target,omitzero"`
	// Result is what came of a request.
	Result Result `json:"result,omitzero"`
	// Effect says of a request that it has changed what the API server stores, or may
	// have changed an external system.
	Effect bool `json:"-"`
	// Began is when a numbered request was sent, in virtual time since the world began;
	// At is when it was over.
	Began time.Duration `json:"-"`
	// Reconcile is which reconcile of its work made the request, counted from 1 in the life
	// of its controller; 0 if none did.
	Reconcile int `json:"-"`
	// FannedOut says that several goroutines did the request's work, so that it was perhaps
	// not the only one in flight.
	FannedOut bool `json:"-"`
	// TimesOut says that the request's sender would give up at some virtual time.
	TimesOut bool `json:"-"`
	// Stored is the object as the API server has stored it by this request, without what
	// differs between two worlds: uids, versions, the world's namespace, and the API
	// server's own times. It is nil unless the world was asked to keep it, and empty of a
	// person's request that stored nothing.
	Stored map[string]any `json:"-"`
	// Fields are what only those know who know the operator and the external systems.
	Fields []Field `json:"fields,omitempty"`
}

// IsRequest says whether it is a numbered request as its sender knows it.
func (e Event) IsRequest() bool { return e.Number > 0 && !e.Late }

// Removes says whether an object is gone with an event: it is deleted, and no finalizer
// holds it, or the last one is taken from it. The latter only shows in what is Stored.
func (e Event) Removes() bool {
	if e.Kind != Write || e.Result.Failure != "" || e.Result.Injected || e.Object.Name == "" || e.Object.Subresource != "" {
		return false
	}
	metadata, _ := e.Stored["metadata"].(map[string]any)
	finalizers, _ := metadata["finalizers"].([]any)
	if metadata["deletionTimestamp"] != nil {
		return len(finalizers) == 0
	}
	return e.Verb == "delete" && !e.Bool(HeldByFinalizer)
}

// Action says what a request does, whatever its number: "create Secret web-credentials",
// "POST press-01/burn".
func (e Event) Action() string {
	switch e.Kind {
	case Call:
		return fmt.Sprintf("%s %s %s", e.Target, e.Verb, e.String(About))
	case Request:
		return fmt.Sprintf("%s %s%s", e.Verb, e.Target, e.String(Path))
	}
	return fmt.Sprintf("%s %s", e.Verb, e.Object)
}

// Role says what an Actor is. The list is closed.
type Role string

// The roles.
const (
	// World is the world itself: what a script has happen.
	World Role = "world"
	// Person is somebody who changes objects or asks external systems by hand.
	Person Role = "person"
	// Controller is one process of the operator.
	Controller Role = "controller"
	// Program is a program of the control plane.
	Program Role = "program"
	// System is an external system, or one part of it, such as a device.
	System Role = "system"
	// Reaction is what stands in for a controller that the control plane lacks.
	Reaction Role = "reaction"
)

// Actor is who does something, or whom it is done to.
type Actor struct {
	// Role is what it is.
	Role Role `json:"role"`
	// Number counts the controllers of the world in the order of their starts; it is
	// 0 for others.
	Number int `json:"number,omitempty"`
	// Name is that of a program or an external system.
	Name string `json:"name,omitempty"`
}

// String names the actor, such as "controller 1" or "etcd".
func (a Actor) String() string {
	switch {
	case a.Role == Controller:
		return fmt.Sprintf("%s %d", a.Role, a.Number)
	case a.Name != "":
		return a.Name
	}
	return string(a.Role)
}

// OwnNamespace stands for the world's own namespace, whose name says how many
// worlds the process has had. No namespace can be called so.
const OwnNamespace = "WORLD"

// Work is what one controller of the operator does for one key, or what a task does
// for no key.
type Work struct {
	// Controller is the controller's name in its manager. A task's begins with @.
	Controller string `json:"controller"`
	// Namespace is the key's: OwnNamespace for the world's own, empty where it has
	// none.
	Namespace string `json:"namespace,omitempty"`
	// Name is the key's, empty for a task.
	Name string `json:"name,omitempty"`
}

// Object is one of the API server's objects, or a collection of them.
type Object struct {
	// Group is that of its kind, empty for the core group.
	Group string `json:"group,omitempty"`
	// Kind is its kind.
	Kind string `json:"kind"`
	// Namespace is OwnNamespace for the world's own, and empty where it has none.
	Namespace string `json:"namespace,omitempty"`
	// Name is empty for a collection. Of a create it is PREFIX* where the API server
	// made one up that begins so, which later is PREFIX<WORK#NUMBER> after that
	// request, or PREFIX<NUMBER> after a person's.
	Name string `json:"name,omitempty"`
	// Subresource is the part of it, such as status; empty for the object itself.
	Subresource string `json:"subresource,omitempty"`
}

// Whole is the object that a subresource is part of, or the object itself.
func (o Object) Whole() Object {
	o.Subresource = ""
	return o
}

// String is the object's kind and name, such as "Secret web" or "Node/status n1".
func (o Object) String() string {
	text := o.Kind
	if o.Subresource != "" {
		text += "/" + o.Subresource
	}
	switch {
	case o.Name == "":
		return text
	case o.Namespace == OwnNamespace || o.Namespace == "":
		return text + " " + o.Name
	}
	return text + " " + o.Namespace + "/" + o.Name
}

// Result is what came of a request.
type Result struct {
	// Status is the HTTP status of the answer, 0 where there was none.
	Status int `json:"status,omitempty"`
	// Failure says why the request did not succeed, empty where it did.
	Failure Failure `json:"failure,omitempty"`
	// Lost says that the request was served and answered, and that the answer was
	// lost on its way.
	Lost bool `json:"lost,omitempty"`
	// Injected says that the world made the answer up: the request went nowhere.
	Injected bool `json:"injected,omitempty"`
}

// Field is one detail of an event: a key, and a string, an int or a bool.
type Field struct {
	Key string `json:"key"`
	// Value is a string, an int or a bool.
	Value any `json:"value"`
}

// String, Int and Bool return a field with a value of that type.
func String(key, value string) Field { return Field{key, value} }

// Int returns a field with a number.
func Int(key string, value int) Field { return Field{key, value} }

// Bool returns a field that is true or false.
func Bool(key string, value bool) Field { return Field{key, value} }

// String returns the value of a field, "" if the event has no such field.
func (e Event) String(key string) string { return value[string](e, key) }

// Int returns the value of a field, 0 if the event has no such field.
func (e Event) Int(key string) int { return value[int](e, key) }

// Bool returns the value of a field, false if the event has no such field.
func (e Event) Bool(key string) bool { return value[bool](e, key) }

// Has says whether the event has a field.
func (e Event) Has(key string) bool {
	for _, f := range e.Fields {
		if f.Key == key {
			return true
		}
	}
	return false
}

func value[T any](e Event, key string) (v T) {
	for _, f := range e.Fields {
		if f.Key == key {
			v, _ = f.Value.(T)
			return v
		}
	}
	return v
}

// Add adds a field to the event.
func (e *Event) Add(f ...Field) { e.Fields = append(e.Fields, f...) }
