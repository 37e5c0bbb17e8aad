package process

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"

	"example.com/edge-device-operator/harness/virtualtime"
)

// SyncTracker tracks the newest version of every object that was written, and which
// event handlers have not been told of it yet. A world is settled only when all have
// been told. It tracks handlers and not the informers' stores, since handlers run
// later, on goroutines of their own. Where it is drawn who is told next, a handler counts
// as told of what has come for it.
//
// It learns of versions and deletions from the answers to writes. Of objects that
// nobody wrote, such as those from before the world, it learns from the first handler
// that is told, and then expects all others to be told, too.
type SyncTracker struct {
	// Only, if set before anything else is done, says which objects there are: no
	// handler hears of others.
	Only func(Version) bool

	quiescence *virtualtime.Quiescence
	newest     map[types.UID]latest
	latest     string               // the newest resourceVersion of all
	gone       map[types.UID]string // the names of deleted objects; a deletion is final
	handlers   map[*Handler]struct{}
}

// Version is one version of one object.
type Version struct {
	// Kind is the object's kind. Handlers of other kinds never hear of it.
	Kind schema.GroupKind
	// Namespace is the object's, empty for an object without one.
	Namespace string
	// Name is the object's name, for reports.
	Name string
	// Labels are the object's.
	Labels map[string]string
	// UID is the object's uid.
	UID types.UID
	// ResourceVersion is the version.
	ResourceVersion string
}

// latest is the newest version of an object, or something later.
type latest struct {
	Version
	later bool
}

// NewSyncTracker returns a SyncTracker that takes part in an Quiescence.
func NewSyncTracker(a *virtualtime.Quiescence) *SyncTracker {
	f := &SyncTracker{quiescence: a, newest: map[types.UID]latest{}, gone: map[types.UID]string{}, handlers: map[*Handler]struct{}{}}
	a.Join(f)
	return f
}

// Busy lists the handlers that lag.
func (f *SyncTracker) Busy() []string {
	var lines []string
	//determinism:ordered the caller sorts
	for v := range f.handlers {
		if v.held {
			continue
		}
		if v.fills && len(v.lag) == 0 {
			lines = append(lines, fmt.Sprintf("watch: %s has not been told of the first list of %s", v.who, v.kind))
		}
		//determinism:ordered the caller sorts
		for uid := range v.lag {
			lines = append(lines, fmt.Sprintf("watch: %s has not been told of %s", v.who, f.what(uid)))
		}
	}
	return lines
}

// what says what there is to be told of an object.
func (f *SyncTracker) what(uid types.UID) string {
	if name, gone := f.gone[uid]; gone {
		return "the end of " + name
	}
	return "the newest version of " + f.newest[uid].Name
}

// Written says that the API server stored a version.
func (f *SyncTracker) Written(v Version) { f.quiescence.Do(func() { f.note(latest{v, false}) }) }

// changed says that the API server stored a version later than this one.
func (f *SyncTracker) changed(v Version) { f.quiescence.Do(func() { f.note(latest{v, true}) }) }

// note records a version that is newer than the known one, of an object that isn't
// deleted.
func (f *SyncTracker) note(l latest) {
	if _, gone := f.gone[l.UID]; gone {
		return
	}
	known, ok := f.newest[l.UID]
	if ok && !newer(l.ResourceVersion, known.ResourceVersion) && (known.later || !l.later || l.ResourceVersion != known.ResourceVersion) {
		return
	}
	f.newest[l.UID] = l
	if f.latest == "" || newer(l.ResourceVersion, f.latest) {
		f.latest = l.ResourceVersion
	}
	f.judge(l.UID)
}

// Deleted says that the API server deleted an object.
func (f *SyncTracker) Deleted(uid types.UID) { f.quiescence.Do(func() { f.end(uid) }) }

func (f *SyncTracker) end(uid types.UID) {
	if _, gone := f.gone[uid]; !gone {
		f.gone[uid] = f.newest[uid].Name
	}
	delete(f.newest, uid)
	f.judge(uid)
}

// Latest is the newest resourceVersion that is known of any object: what has a
// newer one was stored later. It is empty where none is known.
func (f *SyncTracker) Latest() (latest string) {
	f.quiescence.Do(func() { latest = f.latest })
	return latest
}

// isGone says whether an object was deleted.
func (f *SyncTracker) isGone(uid types.UID) (gone bool) {
	f.quiescence.Do(func() { _, gone = f.gone[uid] })
	return gone
}

// judge updates whether each handler lags for one object.
func (f *SyncTracker) judge(uid types.UID) {
	//determinism:ordered each handler is judged on its own
	for v := range f.handlers {
		v.judge(uid)
	}
}

// Await returns once every handler that should hear of these objects has been
// told of the newest that there is, or when the context has ended. It doesn't
// wait for handlers that nobody waits for, nor for what is written later.
func (f *SyncTracker) Await(ctx context.Context, objects ...Version) {
	f.quiescence.Await(ctx, func() bool {
		//determinism:ordered all have to be, whichever is asked first
		for v := range f.handlers {
			if !v.held && slices.ContainsFunc(objects, func(o Version) bool { _, lags := v.lag[o.UID]; return lags }) {
				return false
			}
		}
		return true
	})
}

// Scope is what a handler's watch selects.
type Scope struct {
	// Kind is the kind of its objects.
	Kind schema.GroupKind
	// Namespace is their namespace, empty for all namespaces and for cluster-scoped
	// objects.
	Namespace string
	// Labels select them; nil for all.
	Labels labels.Selector
	// Fields says that a field selector does, too. Which objects it selects is
	// not known then: the handler is waited for only where it has been told of
	// an object before.
	Fields bool
}

// selects says whether a watch brings an object.
func (s Scope) selects(v Version) bool {
	return v.Kind == s.Kind && (s.Namespace == "" || v.Namespace == s.Namespace) &&
		(s.Labels == nil || s.Labels.Matches(labels.Set(v.Labels)))
}

// all says whether an object of its kind and namespace that it stops to select is
// one that is no more.
func (s Scope) all() bool { return (s.Labels == nil || s.Labels.Empty()) && !s.Fields }

// has says whether an object is one that handlers hear of.
func (f *SyncTracker) has(v Version) bool { return f.Only == nil || f.Only(v) }

// Handler tracks what one event handler has been told.
type Handler struct {
	syncTracker *SyncTracker
	who         string
	kind        schema.GroupKind // of the objects that it is told of, which stays
	scope       Scope
	told        map[types.UID]delivered
	lag         map[types.UID]struct{}
	fills       bool // it is to be told of a first list, which may be empty
	held        bool // its watch is held back on purpose
}

// delivered is what an event handler was told last of an object.
type delivered struct {
	version string
	there   bool // not that it was deleted, or is selected no more
}

// Watch makes the Handler of an event handler that is registered now: it lags until
// it has been told of everything that is there.
func (f *SyncTracker) Watch(who string, scope Scope) *Handler {
	v := &Handler{syncTracker: f, who: who, kind: scope.Kind, scope: scope, told: map[types.UID]delivered{}, lag: map[types.UID]struct{}{}}
	f.quiescence.Do(func() {
		f.handlers[v] = struct{}{}
		v.judgeAll()
	})
	return v
}

// Ahead makes the Handler of what comes before a handler: it has been told what that one
// has been told by now.
func (v *Handler) Ahead(who string) *Handler {
	ahead := &Handler{syncTracker: v.syncTracker, who: who, kind: v.kind, lag: map[types.UID]struct{}{}}
	v.syncTracker.quiescence.Do(func() {
		ahead.scope, ahead.told = v.scope, maps.Clone(v.told)
		v.syncTracker.handlers[ahead] = struct{}{}
		ahead.judgeAll()
	})
	return ahead
}

// Narrow says that the handler's watch selects only these.
func (v *Handler) Narrow(scope Scope) {
	v.syncTracker.quiescence.Do(func() {
		v.scope = scope
		v.judgeAll()
	})
}

// Close records that the handler will not be called again.
func (v *Handler) Close() { v.syncTracker.quiescence.Do(func() { delete(v.syncTracker.handlers, v) }) }

// Fill says that the handler is still to be told of its first list; Filled, that it has
// been.
func (v *Handler) Fill() { v.syncTracker.quiescence.Do(func() { v.fills = true }) }

// Filled says that the handler has been told of its first list.
func (v *Handler) Filled() { v.syncTracker.quiescence.Do(func() { v.fills = false }) }

// Hold makes the world stop waiting for this handler.
func (v *Handler) Hold() { v.syncTracker.quiescence.Do(func() { v.held = true }) }

// Renew has the world wait for this handler again, until it has been told of
// everything that is there once more.
func (v *Handler) Renew() {
	v.syncTracker.quiescence.Do(func() {
		v.held = false
		for uid := range v.syncTracker.newest {
			delete(v.told, uid)
		}
		v.judgeAll()
	})
}

// Delivered records that the handler has returned from a version.
func (v *Handler) Delivered(version Version) {
	v.syncTracker.quiescence.Do(func() {
		v.told[version.UID] = delivered{version.ResourceVersion, true}
		if !v.held { // what lags on purpose may tell of what is no more
			v.syncTracker.note(latest{version, false})
		}
		v.judge(version.UID)
	})
}

// DeliveredDeletion says that the handler has returned from being told of a
// deletion; resourceVersion is the deletion's, empty if that is not known.
func (v *Handler) DeliveredDeletion(uid types.UID, resourceVersion string) {
	v.syncTracker.quiescence.Do(func() {
		if resourceVersion == "" {
			resourceVersion = v.syncTracker.newest[uid].ResourceVersion
		}
		v.told[uid] = delivered{resourceVersion, false}
		if v.scope.all() {
			v.syncTracker.end(uid)
		}
		v.judge(uid)
	})
}

// selects says whether the handler's watch brings a version; shows, whether what
// it was told last of that object is that it is there.
func (v *Handler) selects(version Version) (selects bool) {
	v.syncTracker.quiescence.Do(func() { selects = v.brings(version) })
	return selects
}

// brings is selects under the lock.
func (v *Handler) brings(version Version) bool {
	return v.scope.selects(version) && v.syncTracker.has(version)
}

func (v *Handler) shows(uid types.UID) (there bool) {
	v.syncTracker.quiescence.Do(func() { there = v.told[uid].there })
	return there
}

// judgeAll updates whether the handler lags for each object.
func (v *Handler) judgeAll() {
	//determinism:ordered each object is judged on its own
	for uid := range v.syncTracker.newest {
		v.judge(uid)
	}
}

// judge updates whether the handler lags for one object.
func (v *Handler) judge(uid types.UID) {
	newest, exists := v.syncTracker.newest[uid]
	told, ever := v.told[uid]
	var behind bool
	switch {
	case !exists, !v.brings(newest.Version):
		behind = told.there
	case !ever:
		behind = !v.scope.Fields
	default:
		behind = newer(newest.ResourceVersion, told.version) || newest.later && newest.ResourceVersion == told.version
	}
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
