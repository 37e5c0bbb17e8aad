package invariant

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// Kind is the kind of an operation.
type Kind string

const (
	// Health is a GET /health: one reading of an observation.
	Health Kind = "health"
	// Burn is a POST /burn.
	Burn Kind = "burn"
	// Reboot is a POST /reboot.
	Reboot Kind = "reboot"
	// Read is a read of the object past the cache.
	Read Kind = "read"
	// Write is a write of the object's status.
	Write Kind = "write"
)

// Operation is one numbered request of a controller: what was sent, what arrived, and
// the answer.
type Operation struct {
	// Number is its place among the object's operations, in the order in which they
	// left; 0 for the arrival of a write that was late, whose place is Late.
	Number int
	// Late is the number of the write that arrived late, and Left that of the last
	// operation that had left by then.
	Late, Left int
	// Kind is its kind.
	Kind Kind
	// By is the controller's name.
	By string
	// For is the object whose reconcile made it, empty if none did.
	For string
	// Reconcile is the number of that reconcile among the controller's reconciles of that
	// object.
	Reconcile int
	// Began and Ended are when it was sent and when it ended.
	Began, Ended time.Time
	// Status is the HTTP status of the answer, 0 if there was none.
	Status int
	// Unserved says that the world made the answer up: the request went nowhere.
	Unserved bool
	// CalledOff says that its sender gave it up before there was an answer, and not because
	// its time was up: its controller was told to stop.
	CalledOff bool
	// Version is the resourceVersion in the answer to a Write.
	Version string
	// From is the resourceVersion that a Write names, empty if it names none.
	From string
	// Sent is the object that a Write sends, nil if it sends only a patch.
	Sent *v1.DeviceDeployment
	// Invalid is why the API server refused a Write as invalid, empty if it did not.
	Invalid string
	// Host is where a request to a device went; OwnHost is where it should have gone.
	Host, OwnHost string
	// Agent is the User-Agent of a request to a device; OwnAgent is what its controller is
	// called there.
	Agent, OwnAgent string
	// Key and Image are the parameters of a Burn.
	Key, Image string
	// ETag is the ETag in a reading, or the If-Match of a POST.
	ETag string
	// Read is the object in the answer to a Read, nil if there is none.
	Read *v1.DeviceDeployment
	// Health is the body of a reading, nil if there was none that conforms to the API and has
	// an ETag that a POST can be tied to.
	Health *devicesim.Health
	// Met are the errors that a request to a device can have met, as the client may call
	// them; none if it met none.
	Met []rollout.DeviceError
	// Arrivals is how many times it reached the device's server.
	Arrivals int
	// Before and After are the numbers of state changes when it arrived and when it
	// ended.
	Before, After int
}

// String returns its number, as in traces, and its kind.
func (o Operation) String() string { return fmt.Sprintf("request #%d (%s)", o.Number, o.Kind) }

// toDevice says whether it goes to a device.
func (o Operation) toDevice() bool { return o.Kind == Health || o.posts() }

// posts says whether it is a POST to a device.
func (o Operation) posts() bool { return o.Kind == Burn || o.Kind == Reboot }

// refused says whether it is a request to the API server that failed, as far as the
// controller can tell.
func (o Operation) refused() bool { return !o.toDevice() && o.Status/100 != 2 }

// agree says whether two readings are equal, apart from the progress of a transfer.
func agree(a, b Operation) bool {
	if a.Health == nil || b.Health == nil || a.ETag != b.ETag {
		return false
	}
	without := func(h devicesim.Health) devicesim.Health {
		h.BootID = ""
		if h.Transfer != nil {
			t := *h.Transfer
			t.Progress, h.Transfer = 0, &t
		}
		return h
	}
	return reflect.DeepEqual(without(*a.Health), without(*b.Health))
}

// reconcile holds the operations of one reconcile, in their order.
type reconcile []Operation

// reconciles returns the reconciles that made operations, sorted by their first one.
func (e Evidence) reconciles() []reconcile {
	if e.reconcileCache != nil {
		return e.reconcileCache
	}
	type id struct {
		by     string
		number int
	}
	var all []reconcile
	place := map[id]int{}
	for _, o := range e.Operations {
		id := id{o.By, o.Reconcile}
		n, known := place[id]
		if !known || o.Reconcile == 0 {
			n = len(all)
			all, place[id] = append(all, nil), n
		}
		all[n] = append(all[n], o)
	}
	return all
}

// reconcileOf returns the reconcile that made an operation, up to that operation.
func (e Evidence) reconcileOf(number int) reconcile {
	var made reconcile
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

// decision returns the reconcile that decided on a version, up to its write. It is not
// known if the write was late and its sender died without an answer.
func (e Evidence) decision(v Version) (made reconcile, known bool) {
	switch {
	case v.Late > 0:
		made = e.reconcileOf(v.Late)
		return made, len(made) > 0
	case v.Operation > 0:
		made = e.reconcileOf(v.Operation)
	}
	return made, true
}

// written returns when the write was sent that stored a version, if that is known.
func (e Evidence) written(v Version) (at time.Time, known bool) {
	for _, o := range e.Operations {
		late := v.Late > 0 && o.Number == 0 && o.Version == v.Object.ResourceVersion
		if o.Kind == Write && (late || v.Operation > 0 && o.Number == v.Operation) {
			return o.Began, true
		}
	}
	return v.At, false
}

// place is the number of the last operation before a version, its own included; 0 if it
// is not known.
func (v Version) place() int { return max(v.Operation, v.After) }

// observation returns the readings in a reconcile.
func (r reconcile) observation() reconcile {
	var readings reconcile
	for _, o := range r {
		if o.Kind == Health {
			readings = append(readings, o)
		}
	}
	return readings
}

// observes says whether there is a reading in a reconcile.
func (r reconcile) observes() bool {
	return slices.ContainsFunc(r, func(o Operation) bool { return o.Kind == Health })
}

// lastTwo returns the last two operations, fewer if there are not as many. The last two
// readings of an observation are those that agree.
func (r reconcile) lastTwo() reconcile { return r[max(0, len(r)-2):] }

func (r reconcile) began() time.Time { return r[0].Began }
func (r reconcile) ended() time.Time { return r[len(r)-1].Ended }
func (r reconcile) by() string       { return r[0].By }

// refused says whether a request to the API server failed.
func (r reconcile) refused() bool {
	for _, o := range r {
		if o.refused() {
			return true
		}
	}
	return false
}
