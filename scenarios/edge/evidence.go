package edge

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// record holds the operations of all controllers. Together with the API server's
// history, the world's own record of its controllers and the devices' ground truth it
// is the evidence for the invariants.
type record struct {
	mu         sync.Mutex                       // guards what follows
	operations map[string][]invariant.Operation // by object, in the order in which they were sent
	unchecked  map[string]bool                  // objects with operations that were not checked yet
	returns    map[string][]invariant.Return    // reconciles that have returned, by object
}

func newRecord() *record {
	return &record{operations: map[string][]invariant.Operation{}, unchecked: map[string]bool{}, returns: map[string][]invariant.Return{}}
}

// returned adds a reconcile that has returned.
func (w *World) returned(r world.Returned) {
	w.record.mu.Lock()
	defer w.record.mu.Unlock()
	name := r.Reconcile.Object
	w.record.returns[name] = append(w.record.returns[name], invariant.Return{
		By: world.ControllerName(r.Incarnation), Reconcile: r.Reconcile.Number, At: r.At, Failed: r.Err != nil,
	})
	w.record.unchecked[name] = true
}

// Exchanged adds an operation that has ended.
func (w *World) Exchanged(x process.Exchange) {
	api, reads := x.API, x.Request.Method == http.MethodGet
	if x.Late {
		// For its sender it ended long ago. What it does to a device, the device's
		// state changes show.
		if api && !reads {
			w.record.lateWrite(x, w.Requests(x.Object))
		}
		return
	}
	object := objectOf(x)
	o := invariant.Operation{
		Number: x.Number, By: world.ControllerName(x.Incarnation), For: x.Reconcile.Object, Reconcile: x.Reconcile.Number,
		Began: x.Began, Ended: x.Ended, Status: x.Status, Unserved: x.Unserved,
	}
	if x.Err != nil || x.Lost {
		o.Status = 0
	}
	o.CalledOff = x.Err != nil && errors.Is(x.Request.Context().Err(), context.Canceled)
	switch path := x.Request.URL.Path; {
	case api && reads:
		o.Kind = invariant.Read
		if !x.Lost {
			o.Read = objectIn(x)
		}
	case api:
		o.Kind, o.Invalid = invariant.Write, invalid(x)
		o.From, o.Sent = sent(x)
		if dd := objectIn(x); dd != nil {
			o.Version = dd.ResourceVersion
		}
	case path == "/health":
		o.Kind, o.Health, o.ETag = invariant.Health, reading(x, object), x.Header.Get("ETag")
	case path == "/burn":
		query := x.Request.URL.Query()
		o.Kind, o.Key, o.Image, o.ETag = invariant.Burn, query.Get("key"), query.Get("image"), x.Request.Header.Get("If-Match")
	case path == "/reboot":
		o.Kind, o.ETag = invariant.Reboot, x.Request.Header.Get("If-Match")
	default:
		o.Kind = invariant.Kind(x.Request.Method + " " + path)
	}
	if !api {
		o.Met, o.Agent, o.OwnAgent = met(x, object, o.Health), x.Request.UserAgent(), agentName(x.Incarnation)
	}
	if m := w.fleet.find(object); m != nil && !api {
		o.Host, o.OwnHost = x.Request.URL.Host, hostOf(w.Namespace(), object)
		o.Arrivals, o.Before, o.After = m.takeArrivals(x.Number)
	}
	r := w.record
	r.mu.Lock()
	defer r.mu.Unlock()
	all := append(r.operations[object], o)
	slices.SortStableFunc(all, func(a, b invariant.Operation) int { return a.Number - b.Number })
	r.operations[object], r.unchecked[object] = all, true
}

// objectOf returns the object that a request is for: that of its reconcile, or where no
// reconcile made it, the one that it is about.
func objectOf(x process.Exchange) string {
	if !process.IsTask(x.Object) {
		return x.Object
	}
	if x.API {
		return x.Target.Name
	}
	device, _, _ := strings.Cut(x.Request.URL.Host, ".")
	return device
}

// hostOf returns the host of a device.
func hostOf(namespace, name string) string {
	return strings.NewReplacer("{namespace}", namespace, "{device}", name).Replace(strings.TrimPrefix(deviceURL, "http://"))
}

// objectIn returns the object in an API server's answer, nil if there is none.
func objectIn(x process.Exchange) *v1.DeviceDeployment {
	if x.Err != nil || x.Status/100 != 2 {
		return nil
	}
	dd, _ := x.Answer.(*v1.DeviceDeployment)
	return dd
}

// sent returns the resourceVersion that a write names, and the object that it sends,
// nil if that is only a patch.
func sent(x process.Exchange) (resourceVersion string, whole *v1.DeviceDeployment) {
	if x.Request.GetBody == nil {
		return "", nil
	}
	dd := &v1.DeviceDeployment{}
	body, err := x.Request.GetBody()
	if err != nil || json.NewDecoder(body).Decode(dd) != nil {
		return "", nil
	}
	if x.Request.Method == http.MethodPut {
		whole = dd
	}
	return dd.ResourceVersion, whole
}

// invalid returns why the API server refused a write as invalid, empty if it did not. A
// refusal that the world made up doesn't count.
func invalid(x process.Exchange) string {
	var s metav1.Status
	if x.Err != nil || x.Unserved || x.Status != http.StatusUnprocessableEntity || json.Unmarshal(x.Body, &s) != nil || s.Reason != metav1.StatusReasonInvalid {
		return ""
	}
	why := s.Message
	if _, rules, named := strings.Cut(s.Message, " is invalid: "); named {
		why = rules
	}
	// The API server says "<nil>" for a rule of the whole object.
	return strings.NewReplacer("<nil>: ", "", "Invalid value: ", "").Replace(why)
}

// prune drops observations that were checked and led to nothing but the next poll, and
// the waits for a worker before them. It keeps the first one in a phase, those during
// which the object changed or a controller learned of a change, and those of the last
// four reconciles, whose three pauses are compared.
func (r *record) prune(all []world.History, known *world.Record) {
	versions := map[string][]world.Version{}
	for _, h := range all {
		if name := h.Versions[0].Object.GetName(); r.unchecked[name] {
			versions[name] = append(versions[name], h.Versions...)
		}
	}
	learned := slices.Clone(known.Wakes)
	for _, l := range known.Incarnations {
		learned = append(learned, l.From)
	}
	//determinism:ordered each object's are pruned independently
	for name := range r.unchecked {
		moments := learned[:len(learned):len(learned)]
		for _, v := range versions[name] {
			moments = append(moments, v.At)
		}
		r.pruneOne(name, moments, known)
	}
	clear(r.unchecked)
}

func (r *record) pruneOne(name string, moments []time.Time, known *world.Record) {
	type reconcile struct {
		by     string
		number int
	}
	all := r.operations[name]
	began, ended := map[reconcile]time.Time{}, map[reconcile]time.Time{}
	acts, last := map[reconcile]bool{}, map[string]int{}
	for _, o := range all {
		k := reconcile{o.By, o.Reconcile}
		if _, known := began[k]; !known {
			began[k] = o.Began
		}
		ended[k] = o.Ended
		acts[k] = acts[k] || o.Kind != invariant.Health
		last[o.By] = max(last[o.By], o.Reconcile)
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(o invariant.Operation) bool {
		k, before := reconcile{o.By, o.Reconcile}, reconcile{o.By, o.Reconcile - 1}
		from, began := began[before]
		if o.Reconcile == 0 || acts[k] || !began || acts[before] || o.Reconcile > last[o.By]-4 {
			return false
		}
		return !slices.ContainsFunc(moments, func(at time.Time) bool { return !at.Before(from) && !at.After(ended[k]) })
	})
	r.operations[name] = kept
	newest := slices.MaxFunc(append(moments, time.Time{}), time.Time.Compare)
	r.returns[name] = slices.DeleteFunc(r.returns[name], func(r invariant.Return) bool { return !r.Failed && r.At.Before(newest) })
	// A wait explains the time of the operation after it.
	known.DropWaits(name, func(w invariant.Wait) bool {
		led := func(o invariant.Operation) bool { return o.By == w.By && o.Began.Equal(w.To) }
		return slices.ContainsFunc(all, led) && !slices.ContainsFunc(kept, led)
	})
}

// evidence returns all that is known about an object.
func (w *World) evidence(h world.History, known *world.Record) invariant.Evidence {
	versions := make([]invariant.Version, 0, len(h.Versions))
	for _, v := range h.Versions {
		versions = append(versions, invariant.Version{At: v.At, Object: v.Object.(*v1.DeviceDeployment)})
	}
	first := versions[0].Object
	name := first.Name
	e := invariant.Evidence{
		Versions: versions, Foreign: w.foreign, Deleted: h.Deleted,
		Operations: w.record.operations[name], Returns: w.record.returns[name], Incarnations: known.Incarnations, Stale: known.Stale, Wakes: known.Wakes,
		Waits: known.Waits[name], UnderWay: slices.Concat(known.CutOff[name], known.UnderWay[name]), Workers: w.options.Workers, Events: w.events[first.UID], Over: w.events != nil,
		Timing: w.options.Timing, CallTimeout: CallTimeout, Now: w.Clock().Now(),
	}
	stored := map[string]invariant.Operation{}
	for _, o := range e.Operations {
		if o.Kind == invariant.Write {
			stored[o.Version] = o
		}
	}
	for n := range e.Versions {
		v := &e.Versions[n]
		o := stored[v.Object.ResourceVersion]
		v.Operation, v.Late, v.After = o.Number, o.Late, max(o.Left, w.requestsBefore[v.Object.ResourceVersion])
	}
	if m := w.fleet.find(first.Spec.DeviceRef); m != nil {
		e.BeyondBound = m.beyondBound
		e.Initial, e.StateChanges, e.Strays = m.initial, m.device.Truth().Changes, m.strays()
	}
	return e
}
