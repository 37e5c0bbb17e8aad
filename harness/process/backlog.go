package process

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// backlog is what a watch holds back: the newest event of each object. The world waits
// for it as it does for handlers, so that all that has happened is in it whenever the
// world has settled.
type backlog struct {
	informer *informer
	handler  *Handler
	newest   map[string]watch.Event
	broken   bool // the watch has ended, so that something may be missing
}

// newBacklog begins where an informer's store is.
func newBacklog(f *informer) *backlog {
	b := &backlog{informer: f, handler: f.store.Ahead("a watch that is held back"), newest: map[string]watch.Event{}}
	f.process.mu.Lock()
	defer f.process.mu.Unlock()
	f.process.handlers = append(f.process.handlers, b.handler)
	return b
}

// close has the world no longer wait for it.
func (b *backlog) close() { b.informer.process.close(b.handler) }

// breaks says that nothing more comes.
func (b *backlog) breaks() {
	b.broken = true
	b.handler.Hold()
}

// add keeps an event in place of the one before of that object.
func (b *backlog) add(e watch.Event) {
	m, err := meta.Accessor(e.Object)
	if e.Type == watch.Bookmark || err != nil {
		return
	}
	key, err := cache.MetaNamespaceKeyFunc(e.Object)
	if err != nil {
		return
	}
	b.newest[key] = e
	if e.Type == watch.Deleted {
		b.handler.DeliveredDeletion(m.GetUID(), m.GetResourceVersion())
		return
	}
	b.handler.Delivered(metadataOf(m).version(b.informer.store.kind))
}

// list is what a new list would bring, as events: each object as it is now, whether or
// not it has changed, and the end of each that is no more, as it was last known. The
// oldest come first, as they would have without it, and a bookmark last, so that a watch
// which begins there misses nothing.
func (b *backlog) list(newest string) (all []watch.Event) {
	store := b.informer.GetStore()
	newer := maps.Clone(b.newest)
	for _, key := range store.ListKeys() {
		known, exists, err := store.GetByKey(key)
		if err != nil || !exists {
			continue
		}
		object := known.(runtime.Object) // an informer has no others
		e, changed := newer[key]
		delete(newer, key)
		switch {
		case !changed:
			all = append(all, watch.Event{Type: watch.Modified, Object: object})
		case e.Type == watch.Deleted:
			b.informer.missed(object)
			all = append(all, watch.Event{Type: watch.Deleted, Object: object})
		default:
			all = append(all, watch.Event{Type: watch.Modified, Object: e.Object})
		}
	}
	//determinism:ordered sorted below
	for _, e := range newer {
		if e.Type != watch.Deleted {
			all = append(all, watch.Event{Type: watch.Added, Object: e.Object})
		}
	}
	slices.SortFunc(all, func(one, other watch.Event) int {
		return compareVersions(one.Object.(metav1.Object), other.Object.(metav1.Object))
	})
	bookmark := b.informer.example.DeepCopyObject()
	if m, err := meta.Accessor(bookmark); err == nil {
		m.SetResourceVersion(newest)
		all = append(all, watch.Event{Type: watch.Bookmark, Object: bookmark})
	}
	return all
}

// compareVersions compares when two objects were written.
func compareVersions(a, b metav1.Object) int {
	if a == nil || b == nil {
		return 0
	}
	order, err := resourceversion.CompareResourceVersion(a.GetResourceVersion(), b.GetResourceVersion())
	if err != nil {
		return 0 // of an API server whose versions can't be compared
	}
	return order
}
