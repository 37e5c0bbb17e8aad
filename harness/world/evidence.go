package world

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/instance"
	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/virtualtime"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// record is the world's own record of what its controllers did, and of what
// they could do: what the invariants go by, beside the API server's history
// and the devices' ground truth.
type record struct {
	mu         sync.Mutex
	operations map[string][]invariant.Operation // by object, in the order in which they left
	fresh      map[string]bool                  // objects with operations that weren't checked yet
	lives      []invariant.Life
	blind      []invariant.Span
	wakes      []time.Time
	waits      map[string][]invariant.Wait // by object
	cutOff     map[string][]invariant.Span // by object, reconciles that a kill ended
}

func newRecord() *record {
	return &record{operations: map[string][]invariant.Operation{}, fresh: map[string]bool{}, waits: map[string][]invariant.Wait{}, cutOff: map[string][]invariant.Span{}}
}

// began and ended say that a controller's life did.
func (r *record) began(name string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lives = append(r.lives, invariant.Life{Name: name, From: at})
}

func (r *record) ended(name string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.lives {
		if r.lives[n].Name == name {
			r.lives[n].To = at
		}
	}
}

// blinded and sees say that a controller's cache may be old from now on, and
// that it is no more. What it then hears of wakes it.
func (r *record) blinded(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blind = append(r.blind, invariant.Span{From: at})
}

func (r *record) sees(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.blind {
		if r.blind[n].To.IsZero() {
			r.blind[n].To = at
		}
	}
	r.wakes = append(r.wakes, at)
}

// woken says that something other than time or a change wakes the controllers.
func (r *record) woken(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wakes = append(r.wakes, at)
}

// exchanged adds an operation that is over.
func (w *World) exchanged(x instance.Exchange) {
	api, reads := toAPIServer(x), x.Request.Method == http.MethodGet
	if x.Late {
		// It was over for its sender long ago; what it does to a device, the
		// device's deeds show.
		if api && !reads {
			w.record.arrived(x)
		}
		return
	}
	o := invariant.Operation{
		Number: x.Number, By: lifeName(x.Life), For: x.Reconcile.Object, Reconcile: x.Reconcile.Number,
		Began: x.Began, Ended: x.Ended, Status: x.Status, Unserved: x.Unserved,
	}
	if x.Err != nil || x.Lost {
		o.Status = 0
	}
	switch path := x.Request.URL.Path; {
	case api && reads:
		o.Kind, o.Read = invariant.Read, objectIn(x)
	case api:
		o.Kind, o.Invalid = invariant.Write, invalid(x)
		o.From, o.Sent = sent(x)
		if dd := objectIn(x); dd != nil {
			o.Version = dd.ResourceVersion
		}
	case path == "/health":
		o.Kind, o.Shown, o.ETag = invariant.Look, shown(x), x.Header.Get("ETag")
	case path == "/burn":
		query := x.Request.URL.Query()
		o.Kind, o.Key, o.Image, o.ETag = invariant.Burn, query.Get("key"), query.Get("image"), x.Request.Header.Get("If-Match")
	case path == "/reboot":
		o.Kind, o.ETag = invariant.Reboot, x.Request.Header.Get("If-Match")
	default:
		o.Kind = invariant.Kind(x.Request.Method + " " + path)
	}
	if m := w.fleet.find(x.Object); m != nil && o.Kind != invariant.Read && o.Kind != invariant.Write {
		o.Host, o.Home = x.Request.URL.Host, homeOf(w.namespace, x.Object)
		o.Arrivals, o.Before, o.After = m.arrivals(x.Number)
	}
	r := w.record
	r.mu.Lock()
	defer r.mu.Unlock()
	all := append(r.operations[x.Object], o)
	slices.SortStableFunc(all, func(a, b invariant.Operation) int { return a.Number - b.Number })
	r.operations[x.Object], r.fresh[x.Object] = all, true
}

// toAPIServer says whether a request is one to the API server, and not to a
// device.
func toAPIServer(x instance.Exchange) bool { return strings.HasPrefix(x.Request.URL.Path, "/apis/") }

// homeOf is where a device is.
func homeOf(namespace, name string) string {
	return strings.NewReplacer("{namespace}", namespace, "{device}", name).Replace(strings.TrimPrefix(deviceURL, "http://"))
}

// objectIn is the object in an API server's answer, nil where there is none.
func objectIn(x instance.Exchange) *v1.DeviceDeployment {
	dd := &v1.DeviceDeployment{}
	if x.Err != nil || x.Status/100 != 2 || json.Unmarshal(x.Body, dd) != nil {
		return nil
	}
	return dd
}

// sent is the resourceVersion that a write names, and the object that it sends,
// nil where that is not a whole one: a patch.
func sent(x instance.Exchange) (resourceVersion string, whole *v1.DeviceDeployment) {
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

// invalid is why the API server refused a write as invalid, empty where it did
// not. A refusal that the world made up is nobody's judgement.
func invalid(x instance.Exchange) string {
	var s metav1.Status
	if x.Err != nil || x.Unserved || x.Status != http.StatusUnprocessableEntity || json.Unmarshal(x.Body, &s) != nil || s.Reason != metav1.StatusReasonInvalid {
		return ""
	}
	why := s.Message
	if _, rules, named := strings.Cut(s.Message, " is invalid: "); named {
		why = rules
	}
	// A rule of the whole object is said to be one of "<nil>".
	return strings.NewReplacer("<nil>: ", "", "Invalid value: ", "").Replace(why)
}

// shown is what an answer to a look says, nil where it can't be read.
func shown(x instance.Exchange) *devicesim.Health {
	h := &devicesim.Health{}
	media, _, err := mime.ParseMediaType(x.Header.Get("Content-Type"))
	if x.Err != nil || x.BodyErr != nil || x.Status != http.StatusOK || err != nil || media != "application/json" ||
		json.Unmarshal(x.Body, h) != nil || h.Device != x.Object {
		return nil
	}
	return h
}

// waited adds how long objects waited for a worker of a controller. What it says
// of one that still waits takes the place of what was said before.
func (r *record) waited(by string, waits []virtualtime.Wait[reconcile.Request]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, wait := range waits {
		object := wait.Key.Name
		r.waits[object] = append(slices.DeleteFunc(r.waits[object], func(w invariant.Wait) bool { return w.By == by && w.To.IsZero() }),
			invariant.Wait{By: by, Span: invariant.Span{From: wait.From, To: wait.To}, Before: wait.Before})
	}
}

// killed says which reconciles come to no end, and since when they were under way.
func (r *record) killed(underWay map[string]time.Time, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	//determinism:ordered each object's on its own
	for object, since := range underWay {
		r.cutOff[object] = append(r.cutOff[object], invariant.Span{From: since, To: at})
	}
}

// prune drops the looks of an object that were checked and that only polled:
// neither the first in a phase, nor one during which the object changed or a
// controller learned of a change, nor of the last two reconciles; and the waits for
// a worker before them.
func (r *record) prune(all []life) {
	versions := map[string][]invariant.Version{}
	for _, o := range all {
		if name := o.versions[0].Object.Name; r.fresh[name] {
			versions[name] = append(versions[name], o.versions...)
		}
	}
	learned := slices.Clone(r.wakes)
	for _, l := range r.lives {
		learned = append(learned, l.From)
	}
	//determinism:ordered each object's are pruned on their own
	for name := range r.fresh {
		moments := learned[:len(learned):len(learned)]
		for _, v := range versions[name] {
			moments = append(moments, v.At)
		}
		r.pruneOne(name, moments)
	}
	clear(r.fresh)
}

func (r *record) pruneOne(name string, moments []time.Time) {
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
		acts[k] = acts[k] || o.Kind != invariant.Look
		last[o.By] = max(last[o.By], o.Reconcile)
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(o invariant.Operation) bool {
		k, before := reconcile{o.By, o.Reconcile}, reconcile{o.By, o.Reconcile - 1}
		from, known := began[before]
		if o.Reconcile == 0 || acts[k] || !known || acts[before] || o.Reconcile > last[o.By]-2 {
			return false
		}
		return !slices.ContainsFunc(moments, func(at time.Time) bool { return !at.Before(from) && !at.After(ended[k]) })
	})
	r.operations[name] = kept
	// A wait explains when the operation left that came after it.
	r.waits[name] = slices.DeleteFunc(r.waits[name], func(w invariant.Wait) bool {
		led := func(o invariant.Operation) bool { return o.By == w.By && o.Began.Equal(w.To) }
		return slices.ContainsFunc(all, led) && !slices.ContainsFunc(kept, led)
	})
}

// evidence is all that is known of an object.
func (w *World) evidence(o life) invariant.Evidence {
	r, versions := w.record, o.versions
	first := versions[0].Object
	e := invariant.Evidence{
		Versions: slices.Clone(versions), Foreign: w.foreign, Deleted: o.deleted,
		Operations: r.operations[first.Name], Lives: r.lives, Blind: r.blind, Wakes: r.wakes,
		Waits: r.waits[first.Name], UnderWay: slices.Clone(r.cutOff[first.Name]), Workers: w.options.Workers, Events: w.events[first.UID],
		Timing: w.options.Timing, CallTimeout: CallTimeout, Now: w.clock.Now(),
	}
	stored := map[string]int{}
	for _, o := range e.Operations {
		if o.Kind == invariant.Write {
			stored[o.Version] = o.Number
		}
	}
	for n := range e.Versions {
		e.Versions[n].Operation = stored[e.Versions[n].Object.ResourceVersion]
		e.Versions[n].After = w.left[e.Versions[n].Object.ResourceVersion]
	}
	if m := w.fleet.find(first.Spec.DeviceRef); m != nil {
		e.BeyondBound = m.beyond
		e.Initial, e.Deeds, e.Strays = m.initial, m.device.Truth().Deeds, m.strayed()
	}
	return e
}
