package world

import (
	"context"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/instance"
	"example.com/edge-device-operator/harness/invariant"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// history is the API server's history of every object in the world, by a watch
// that is not the controller's.
type history struct {
	world *World
	view  *instance.View
	done  chan struct{}

	mu      sync.Mutex
	watch   watch.Interface
	told    string // the newest resourceVersion that it brought
	closed  bool
	objects map[types.UID][]invariant.Version
	order   []types.UID
	moments []moment // every change, as it came
	deleted map[types.UID]time.Time
	up      chan struct{} // closed when the API server is back; nil while it is up
	err     error
}

func (w *World) openHistory(ctx context.Context) (*history, error) {
	h := &history{world: w, done: make(chan struct{}), objects: map[types.UID][]invariant.Version{}, deleted: map[types.UID]time.Time{}}
	h.view = w.freshness.Watch("the world's own watch", instance.Scope{Kind: v1.GroupVersion.WithKind("DeviceDeployment").GroupKind(), Namespace: w.namespace})
	// Any starting point will do in a namespace that is empty, and the
	// oldest one doesn't make the API server wait for etcd.
	h.told = "0"
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
	from := &client.ListOptions{Namespace: h.world.namespace, Raw: &metav1.ListOptions{ResourceVersion: h.told}}
	w, err := h.world.client.Watch(ctx, &v1.DeviceDeploymentList{}, from)
	if err != nil {
		return nil, fmt.Errorf("watch for the history: %w", err)
	}
	h.watch = w
	return w, nil
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
		dd, ok := e.Object.(*v1.DeviceDeployment)
		if !ok {
			h.fail(fmt.Errorf("the history's watch broke: %v", e.Object))
			continue
		}
		if e.Type == watch.Deleted {
			h.mu.Lock()
			h.tell(dd.ResourceVersion)
			h.deleted[dd.UID] = h.world.clock.Now()
			h.mu.Unlock()
			h.view.ToldDeleted(dd.UID, dd.ResourceVersion)
			continue
		}
		h.mu.Lock()
		h.tell(dd.ResourceVersion)
		if h.objects[dd.UID] == nil {
			h.order = append(h.order, dd.UID)
		}
		h.objects[dd.UID] = append(h.objects[dd.UID], invariant.Version{At: h.world.clock.Now(), Object: dd})
		h.mu.Unlock()
		h.view.Told(version(dd))
	}
}

// moment is when the world came to be at a resourceVersion.
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
func (h *history) versionAt(at time.Time) (version string, first time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.moments) > 0 {
		first = h.moments[0].at
	}
	for _, m := range h.moments {
		if !m.at.After(at) {
			version = m.version
		}
	}
	return version, first
}

// pause has the history wait for the API server.
func (h *history) pause() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.up = make(chan struct{})
}

// resume goes on where the API server was when it went down. A restarted one
// can't say what was before it, so that this has to make sure that nothing was.
func (h *history) resume(ctx context.Context) error {
	var list v1.DeviceDeploymentList
	if err := h.world.client.List(ctx, &list, client.InNamespace(h.world.namespace)); err != nil {
		return fmt.Errorf("list for the history: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, dd := range list.Items {
		versions := h.objects[dd.UID]
		if len(versions) == 0 || versions[len(versions)-1].Object.ResourceVersion != dd.ResourceVersion {
			return fmt.Errorf("%s was written while nobody could see it", dd.Name)
		}
	}
	h.told = list.ResourceVersion
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

// life is the history of one object.
type life struct {
	versions []invariant.Version
	deleted  time.Time // zero while it is there
}

// versions returns each object's life, objects in the order of their creation.
func (h *history) versions() ([]life, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []life
	for _, uid := range h.order {
		v := h.objects[uid]
		all = append(all, life{v[:len(v):len(v)], h.deleted[uid]})
	}
	return all, h.err
}

// present returns the newest version of each object that isn't deleted, in the
// order of their creation.
func (h *history) present() ([]*v1.DeviceDeployment, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []*v1.DeviceDeployment
	for _, uid := range h.order {
		if versions := h.objects[uid]; h.deleted[uid].IsZero() {
			all = append(all, versions[len(versions)-1].Object)
		}
	}
	return all, h.err
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
	h.view.Close()
}
