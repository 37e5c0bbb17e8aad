package instance

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"

	"example.com/edge-device-operator/harness/virtualtime"
)

// Freshness knows the newest version of every object that was written, and
// which event handlers have not been told of it yet: a world is settled only
// when all have. Counting in the handlers, not in the informers' stores,
// matters: handlers run on goroutines of their own, after the store.
type Freshness struct {
	activity *virtualtime.Activity
	newest   map[types.UID]Version
	gone     map[types.UID]string // the names of those that were deleted
	views    map[*View]struct{}
}

// Version is one version of one object.
type Version struct {
	// Kind is the object's kind; handlers of other kinds never hear of it.
	Kind schema.GroupKind
	// Name is the object's name, for reports.
	Name string
	// UID is the object's uid.
	UID types.UID
	// ResourceVersion is the version.
	ResourceVersion string
}

// NewFreshness returns a Freshness that takes part in an Activity.
func NewFreshness(a *virtualtime.Activity) *Freshness {
	f := &Freshness{activity: a, newest: map[types.UID]Version{}, gone: map[types.UID]string{}, views: map[*View]struct{}{}}
	a.Join(f)
	return f
}

// Busy lists the handlers that lag behind.
func (f *Freshness) Busy() []string {
	var lines []string
	//determinism:ordered the caller sorts
	for v := range f.views {
		if v.held {
			continue
		}
		//determinism:ordered the caller sorts
		for uid := range v.lag {
			lines = append(lines, fmt.Sprintf("watch: %s has not been told of %s", v.who, f.latest(uid)))
		}
	}
	return lines
}

// latest says what there is to be told of an object.
func (f *Freshness) latest(uid types.UID) string {
	if name, gone := f.gone[uid]; gone {
		return "the end of " + name
	}
	return "the newest version of " + f.newest[uid].Name
}

// Written says that the API server stored a version.
func (f *Freshness) Written(version Version) {
	f.activity.Do(func() {
		if known, ok := f.newest[version.UID]; ok && !newer(version.ResourceVersion, known.ResourceVersion) {
			return
		}
		f.newest[version.UID] = version
		//determinism:ordered each view is judged on its own
		for v := range f.views {
			v.judge(version.UID)
		}
	})
}

// Deleted says that the API server deleted an object.
func (f *Freshness) Deleted(uid types.UID) {
	f.activity.Do(func() {
		f.gone[uid] = f.newest[uid].Name
		delete(f.newest, uid)
		//determinism:ordered each view is judged on its own
		for v := range f.views {
			v.judge(uid)
		}
	})
}

// isGone says whether an object was deleted.
func (f *Freshness) isGone(uid types.UID) (gone bool) {
	f.activity.Do(func() { _, gone = f.gone[uid] })
	return gone
}

// View is what one event handler has been told.
type View struct {
	freshness *Freshness
	who       string
	kind      schema.GroupKind
	seen      map[types.UID]string
	lag       map[types.UID]struct{}
	held      bool // lags on purpose
}

// Watch returns the view of a handler that is registered now: it lags until
// it has been told of everything that is there.
func (f *Freshness) Watch(who string, kind schema.GroupKind) *View {
	v := &View{freshness: f, who: who, kind: kind, seen: map[types.UID]string{}, lag: map[types.UID]struct{}{}}
	f.activity.Do(func() {
		f.views[v] = struct{}{}
		//determinism:ordered each object is judged on its own
		for uid := range f.newest {
			v.judge(uid)
		}
	})
	return v
}

// Close says that the handler will not be called any more.
func (v *View) Close() { v.freshness.activity.Do(func() { delete(v.freshness.views, v) }) }

// Hold has the world wait for this handler no more.
func (v *View) Hold() { v.freshness.activity.Do(func() { v.held = true }) }

// Renew has the world wait for this handler again, until it has been told of
// everything that is there once more.
func (v *View) Renew() {
	v.freshness.activity.Do(func() {
		v.held = false
		//determinism:ordered each object is judged on its own
		for uid := range v.freshness.newest {
			delete(v.seen, uid)
			v.judge(uid)
		}
	})
}

// Told says that the handler has returned from being told of a version.
func (v *View) Told(uid types.UID, resourceVersion string) {
	v.freshness.activity.Do(func() {
		v.seen[uid] = resourceVersion
		v.judge(uid)
	})
}

// ToldDeleted says that the handler has returned from being told of a
// deletion.
func (v *View) ToldDeleted(uid types.UID) {
	v.freshness.activity.Do(func() {
		delete(v.seen, uid)
		v.judge(uid)
	})
}

// judge says whether the view lags behind on one object.
func (v *View) judge(uid types.UID) {
	newest, exists := v.freshness.newest[uid]
	seen, told := v.seen[uid]
	behind := exists && newest.Kind == v.kind && (!told || newer(newest.ResourceVersion, seen)) || !exists && told
	if behind {
		v.lag[uid] = struct{}{}
	} else {
		delete(v.lag, uid)
	}
}

// newer says whether a is a later resourceVersion than b. Both come from an
// API server, whose resourceVersions can be compared (KEP-5504).
func newer(a, b string) bool {
	order, err := resourceversion.CompareResourceVersion(a, b)
	return err != nil || order > 0
}
