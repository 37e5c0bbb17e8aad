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
	watch watch.Interface
	view  *instance.View
	done  chan struct{}

	mu      sync.Mutex
	objects map[types.UID][]invariant.Version
	order   []types.UID
	deleted map[types.UID]time.Time
	err     error
}

func (w *World) openHistory(ctx context.Context) (*history, error) {
	h := &history{world: w, done: make(chan struct{}), objects: map[types.UID][]invariant.Version{}, deleted: map[types.UID]time.Time{}}
	h.view = w.freshness.Watch("the world's own watch", v1.GroupVersion.WithKind("DeviceDeployment").GroupKind())
	// Any starting point will do in a namespace that is empty, and the
	// oldest one doesn't make the API server wait for etcd.
	any := &client.ListOptions{Namespace: w.namespace, Raw: &metav1.ListOptions{ResourceVersion: "0"}}
	var err error
	if h.watch, err = w.client.Watch(ctx, &v1.DeviceDeploymentList{}, any); err != nil {
		return nil, fmt.Errorf("watch for the history: %w", err)
	}
	go h.follow()
	return h, nil
}

func (h *history) follow() {
	defer close(h.done)
	for e := range h.watch.ResultChan() {
		dd, ok := e.Object.(*v1.DeviceDeployment)
		if !ok {
			h.fail(fmt.Errorf("the history's watch broke: %v", e.Object))
			continue
		}
		if e.Type == watch.Deleted {
			h.mu.Lock()
			h.deleted[dd.UID] = h.world.clock.Now()
			h.mu.Unlock()
			h.view.ToldDeleted(dd.UID)
			continue
		}
		h.mu.Lock()
		if h.objects[dd.UID] == nil {
			h.order = append(h.order, dd.UID)
		}
		h.objects[dd.UID] = append(h.objects[dd.UID], invariant.Version{At: h.world.clock.Now(), Object: dd})
		h.mu.Unlock()
		h.view.Told(dd.UID, dd.ResourceVersion)
	}
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
	h.watch.Stop()
	<-h.done
	h.view.Close()
}
