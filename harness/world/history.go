package world

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/process"
)

// Version is one version of an object in the API server's history.
type Version struct {
	// At is the virtual time at which it was stored.
	At time.Time
	// Object is the object as it was stored.
	Object client.Object
}

// History is the API server's history of one object.
type History struct {
	// Versions are the object's, oldest first: one uid, at least one version.
	Versions []Version
	// Deleted is when it was deleted, zero while it exists.
	Deleted time.Time
}

// history is the API server's history of every object of a kind in the world, from a
// watch that is the world's own.
type history struct {
	world   *World
	kind    schema.GroupVersionKind
	handler *process.Handler
	done    chan struct{}

	mu      sync.Mutex // guards what follows
	watch   watch.Interface
	told    string // the newest resourceVersion that it brought
	closed  bool
	objects map[types.UID][]Version
	order   []types.UID
	moments []moment // every change, as it came
	deleted map[types.UID]time.Time
	up      chan struct{} // closed when the API server is back; nil while it is up
	err     error
}

// openHistory starts the history of a kind at a resourceVersion.
func (w *World) openHistory(ctx context.Context, kind schema.GroupVersionKind, from string) (*history, error) {
	h := &history{world: w, kind: kind, done: make(chan struct{}), objects: map[types.UID][]Version{}, deleted: map[types.UID]time.Time{}}
	h.handler = w.syncTracker.Watch("the world's own watch", process.Scope{Kind: kind.GroupKind(), Namespace: w.scope.watched()})
	h.told = from
	first, err := h.open(ctx)
	if err != nil {
		return nil, err
	}
	go func() {
		defer close(h.done)
		for w := first; w != nil; w = h.next(ctx) {
			h.follow(w)
		}
	}()
	return h, nil
}

// open opens a watch that begins after what was told last; it is nil once the
// history is closed.
func (h *history) open(ctx context.Context) (watch.Interface, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, nil
	}
	from := &client.ListOptions{Namespace: h.world.scope.watched(), Raw: &metav1.ListOptions{ResourceVersion: h.told}}
	list, err := h.list()
	if err != nil {
		return nil, err
	}
	w, err := h.world.client.Watch(ctx, list, from)
	if err != nil {
		return nil, fmt.Errorf("watch for the history: %w", err)
	}
	h.watch = w
	return w, nil
}

// list is an empty list of the kind.
func (h *history) list() (client.ObjectList, error) {
	list, err := h.world.newList(h.kind)
	if err != nil {
		return nil, fmt.Errorf("the history of %s: %w", h.kind.Kind, err)
	}
	return list, nil
}

// next goes on where a watch ended: an API server ends those that don't keep
// up with a burst of changes, and in time all.
func (h *history) next(ctx context.Context) watch.Interface {
	h.mu.Lock()
	up := h.up
	h.mu.Unlock()
	if up != nil {
		<-up
	}
	w, err := h.open(ctx)
	if err != nil {
		h.fail(err)
		return nil
	}
	return w
}

func (h *history) follow(w watch.Interface) {
	for e := range w.ResultChan() {
		o, ok := e.Object.(client.Object)
		if !ok {
			h.fail(fmt.Errorf("the history's watch broke: %v", e.Object))
			continue
		}
		v := versionOf(h.kind.GroupKind(), o)
		if !h.world.scope.has(v) {
			continue
		}
		uid := o.GetUID()
		if e.Type == watch.Deleted {
			h.mu.Lock()
			h.tell(o.GetResourceVersion())
			h.deleted[uid] = h.world.clock.Now()
			h.mu.Unlock()
			h.handler.DeliveredDeletion(uid, o.GetResourceVersion())
			continue
		}
		h.mu.Lock()
		h.tell(o.GetResourceVersion())
		if h.objects[uid] == nil {
			h.order = append(h.order, uid)
		}
		h.objects[uid] = append(h.objects[uid], Version{At: h.world.clock.Now(), Object: o})
		h.mu.Unlock()
		h.handler.Delivered(v)
	}
}

// moment is when the world reached a resourceVersion.
type moment struct {
	at      time.Time
	version string
}

// tell notes the newest resourceVersion; h.mu is held.
func (h *history) tell(version string) {
	h.told = version
	h.moments = append(h.moments, moment{h.world.clock.Now(), version})
}

// versionAt returns the resourceVersion that the world was at at a virtual time,
// with all that was done at that time, "" before the first; and when that was,
// zero if there is none.
func (w *World) versionAt(at time.Time) (version string, first time.Time, err error) {
	for _, h := range w.histories {
		h.mu.Lock()
		moments := h.moments[:len(h.moments):len(h.moments)]
		h.mu.Unlock()
		if len(moments) > 0 && (first.IsZero() || moments[0].at.Before(first)) {
			first = moments[0].at
		}
		for _, m := range moments {
			if m.at.After(at) {
				break
			}
			later := version == ""
			if !later {
				order, err := resourceversion.CompareResourceVersion(version, m.version)
				if err != nil {
					return "", time.Time{}, err
				}
				later = order < 0
			}
			if later {
				version = m.version
			}
		}
	}
	return version, first, nil
}

// pause makes the history wait for the API server.
func (h *history) pause() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.up = make(chan struct{})
}

// resume goes on where the API server was when it went down. A restarted one
// can't say what was before it, so that this has to make sure that nothing was.
func (h *history) resume(ctx context.Context) error {
	list, err := h.list()
	if err != nil {
		return err
	}
	if err := h.world.client.List(ctx, list, client.InNamespace(h.world.scope.watched())); err != nil {
		return fmt.Errorf("list for the history: %w", err)
	}
	items, err := meta.ExtractList(list)
	if err != nil {
		return fmt.Errorf("list for the history: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, item := range items {
		o := item.(client.Object)
		if !h.world.scope.has(versionOf(h.kind.GroupKind(), o)) {
			continue
		}
		versions := h.objects[o.GetUID()]
		if len(versions) == 0 || versions[len(versions)-1].Object.GetResourceVersion() != o.GetResourceVersion() {
			return fmt.Errorf("%s was written while nobody could see it", o.GetName())
		}
	}
	h.told = list.GetResourceVersion()
	close(h.up)
	h.up = nil
	return nil
}

func (h *history) fail(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err == nil {
		h.err = err
	}
}

// Histories returns the history of each object, kind by kind, objects in the order
// of their creation. The error says that one can't be known any more.
func (w *World) Histories() (all []History, err error) {
	for _, h := range w.histories {
		h.mu.Lock()
		for _, uid := range h.order {
			v := h.objects[uid]
			all = append(all, History{v[:len(v):len(v)], h.deleted[uid]})
		}
		err = errors.Join(err, h.err)
		h.mu.Unlock()
	}
	return all, err
}

// Present returns the newest version of each object that exists, in the order of
// Histories.
func (w *World) Present() (all []client.Object, err error) {
	for _, h := range w.histories {
		h.mu.Lock()
		for _, uid := range h.order {
			if versions := h.objects[uid]; h.deleted[uid].IsZero() {
				all = append(all, versions[len(versions)-1].Object)
			}
		}
		err = errors.Join(err, h.err)
		h.mu.Unlock()
	}
	return all, err
}

// present returns the newest version of each object that isn't deleted, and how often
// the objects have changed.
func (h *history) present() (all []Version, changes int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, uid := range h.order {
		if versions := h.objects[uid]; h.deleted[uid].IsZero() {
			all = append(all, versions[len(versions)-1])
		}
	}
	return all, len(h.moments)
}

// objects is how many objects there have been.
func (w *World) objects() int {
	n := 0
	for _, h := range w.histories {
		h.mu.Lock()
		n += len(h.order)
		h.mu.Unlock()
	}
	return n
}

func (h *history) close() {
	h.mu.Lock()
	h.closed = true
	h.watch.Stop()
	if h.up != nil {
		close(h.up) // the API server didn't come back
	}
	h.mu.Unlock()
	<-h.done
	h.handler.Close()
}
