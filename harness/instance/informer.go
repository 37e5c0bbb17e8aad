package instance

import (
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// informer is a SharedIndexInformer that notes what its handlers have been
// told, and whose HasSynced waits instead of being polled: that alone brings
// a manager's start from some 200 ms to a few.
type informer struct {
	cache.SharedIndexInformer
	instance *Instance
	kind     schema.GroupKind

	mu       sync.Mutex
	handlers []cache.ResourceEventHandler
}

// newInformer is cache.Options.NewInformer for one instance.
func (i *Instance) newInformer(lw cache.ListerWatcher, example runtime.Object, resync time.Duration, indexers cache.Indexers) cache.SharedIndexInformer {
	kinds, _, err := i.cfg.Scheme.ObjectKinds(example)
	if err != nil || len(kinds) == 0 {
		kinds = []schema.GroupVersionKind{{}}
	}
	f := &informer{SharedIndexInformer: cache.NewSharedIndexInformer(lw, example, resync, indexers), instance: i, kind: kinds[0].GroupKind()}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.informers = append(i.informers, f)
	return f
}

// resync hands all that the informer holds to its handlers, in the order of
// its keys.
func (f *informer) resync() {
	f.mu.Lock()
	handlers := f.handlers
	f.mu.Unlock()
	store := f.GetStore()
	for _, key := range slices.Sorted(slices.Values(store.ListKeys())) {
		obj, exists, err := store.GetByKey(key)
		if err != nil || !exists {
			continue
		}
		for _, h := range handlers {
			h.OnUpdate(obj, obj)
		}
	}
}

// HasSynced waits until the informer has synced or the instance is dead.
func (f *informer) HasSynced() bool { return f.instance.wait(f.SharedIndexInformer.HasSyncedChecker()) }

// wait returns whether the checker is done, once it is or the instance is dead.
func (i *Instance) wait(c cache.DoneChecker) bool {
	select {
	case <-c.Done():
		return true
	case <-i.dead.Done():
		return false
	}
}

// registration is a handler's registration whose HasSynced waits, too.
type registration struct {
	cache.ResourceEventHandlerRegistration
	instance *Instance
}

// HasSynced waits until the handler has synced or the instance is dead.
func (r registration) HasSynced() bool { return r.instance.wait(r.HasSyncedChecker()) }

func (f *informer) AddEventHandler(h cache.ResourceEventHandler) (cache.ResourceEventHandlerRegistration, error) {
	return f.AddEventHandlerWithOptions(h, cache.HandlerOptions{})
}

func (f *informer) AddEventHandlerWithResyncPeriod(h cache.ResourceEventHandler, resync time.Duration) (cache.ResourceEventHandlerRegistration, error) {
	return f.AddEventHandlerWithOptions(h, cache.HandlerOptions{ResyncPeriod: &resync})
}

func (f *informer) AddEventHandlerWithOptions(h cache.ResourceEventHandler, o cache.HandlerOptions) (cache.ResourceEventHandlerRegistration, error) {
	view := f.instance.watch(f.kind)
	r, err := f.SharedIndexInformer.AddEventHandlerWithOptions(counted{h, view, &f.instance.watches}, o)
	if err != nil {
		view.Close()
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handlers = append(f.handlers, h)
	return registration{r, f.instance}, nil
}

// RemoveEventHandler takes the wrapper off that AddEventHandler put on.
func (f *informer) RemoveEventHandler(r cache.ResourceEventHandlerRegistration) error {
	if wrapped, ok := r.(registration); ok {
		r = wrapped.ResourceEventHandlerRegistration
	}
	return f.SharedIndexInformer.RemoveEventHandler(r)
}

// counted is a handler that notes in its view what it has been told.
type counted struct {
	cache.ResourceEventHandler
	view    *View
	watches *watches
}

func (c counted) OnAdd(obj any, initial bool) {
	c.ResourceEventHandler.OnAdd(obj, initial)
	c.told(obj)
}

func (c counted) OnUpdate(before, after any) {
	c.ResourceEventHandler.OnUpdate(before, after)
	// Deleted and created again while the watch was down arrives as an update.
	if b, ok := before.(client.Object); ok && b.GetUID() != after.(client.Object).GetUID() {
		c.view.ToldDeleted(b.GetUID())
	}
	c.told(after)
}

func (c counted) OnDelete(obj any) {
	c.ResourceEventHandler.OnDelete(obj)
	if gone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
		obj = gone.Obj
	}
	if o, ok := obj.(client.Object); ok {
		c.watches.tell(c.view.kind, o.GetResourceVersion())
		c.view.ToldDeleted(o.GetUID())
	}
}

func (c counted) told(obj any) {
	if o, ok := obj.(client.Object); ok {
		c.watches.tell(c.view.kind, o.GetResourceVersion())
		c.view.Told(o.GetUID(), o.GetResourceVersion())
	}
}
