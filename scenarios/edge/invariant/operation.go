package invariant

import (
	"fmt"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Kind is what an operation asks for.
type Kind string

const (
	// Look reads a device's health once.
	Look Kind = "look"
	// Burn asks a device to burn an image.
	Burn Kind = "burn"
	// Reboot asks a device to reboot.
	Reboot Kind = "reboot"
	// Read reads an object past the cache.
	Read Kind = "read"
	// Write writes an object's status.
	Write Kind = "write"
)

// Operation is one request of a controller, as the world's transport saw it,
// and what it came to at the other end.
type Operation struct {
	// Number is its place among the object's, in the order in which they left; 0
	// is the other end of a write that arrived late.
	Number int
	// Kind is what it asks for.
	Kind Kind
	// By names the controller.
	By string
	// For is the object whose reconcile made it, empty where none did.
	For string
	// Reconcile is the place of that reconcile among the controller's for that
	// object.
	Reconcile int
	// Began and Ended are when it left, and when it was over.
	Began, Ended time.Time
	// Status is the HTTP status of the answer, 0 where there was none.
	Status int
	// Unserved says that the answer was made up: the request went nowhere.
	Unserved bool
	// Version is the resourceVersion that a Write's answer carries.
	Version string
	// From is the resourceVersion that a Write names, empty where it names none.
	From string
	// Sent is the object that a Write sends, nil where it sends only a part.
	Sent *v1.DeviceDeployment
	// Invalid is why the API server refused a Write as invalid, empty where it
	// did not.
	Invalid string
	// Host is where a request to a device went; Home is where it should have
	// gone.
	Host, Home string
	// Key and Image are what a Burn asks for.
	Key, Image string
	// ETag is what a Look's answer carries, or what a POST asks to match.
	ETag string
	// Read is the object that a Read's answer shows, nil where there is none.
	Read *v1.DeviceDeployment
	// Shown is what a Look's answer says; nil where it cannot be read.
	Shown *devicesim.Health
	// Arrivals is how often it reached the device's server.
	Arrivals int
	// Before and After count what the device had done when it came, and when
	// it was over.
	Before, After int
}

// String names it as traces do.
func (o Operation) String() string { return fmt.Sprintf("request #%d (%s)", o.Number, o.Kind) }

// toDevice says whether it goes to a device.
func (o Operation) toDevice() bool { return o.Kind == Look || o.posts() }

// posts says whether it asks a device to do something.
func (o Operation) posts() bool { return o.Kind == Burn || o.Kind == Reboot }

// refused says whether the API server did not do as it was asked, as far as
// the controller can tell.
func (o Operation) refused() bool { return !o.toDevice() && o.Status/100 != 2 }

// turn is the operations of one reconcile, in their order.
type turn []Operation

// turns are the reconciles that made operations, in the order of their first
// one.
func (e Evidence) turns() []turn {
	if e.taken != nil {
		return e.taken
	}
	type reconcile struct {
		by     string
		number int
	}
	var all []turn
	place := map[reconcile]int{}
	for _, o := range e.Operations {
		r := reconcile{o.By, o.Reconcile}
		n, known := place[r]
		if !known || o.Reconcile == 0 {
			n = len(all)
			all, place[r] = append(all, nil), n
		}
		all[n] = append(all[n], o)
	}
	return all
}

// turnOf is the reconcile that made an operation, up to that one.
func (e Evidence) turnOf(number int) turn {
	var made turn
	for n := range e.Operations {
		o := &e.Operations[n]
		if o.Number != number {
			continue
		}
		for m := range n + 1 {
			if before := &e.Operations[m]; before.By == o.By && before.Reconcile == o.Reconcile {
				made = append(made, *before)
			}
		}
	}
	return made
}

// looks are the looks in a reconcile.
func (t turn) looks() turn {
	var looks turn
	for _, o := range t {
		if o.Kind == Look {
			looks = append(looks, o)
		}
	}
	return looks
}

func (t turn) began() time.Time { return t[0].Began }
func (t turn) ended() time.Time { return t[len(t)-1].Ended }
func (t turn) by() string       { return t[0].By }

// refused says whether the API server refused something.
func (t turn) refused() bool {
	for _, o := range t {
		if o.refused() {
			return true
		}
	}
	return false
}
