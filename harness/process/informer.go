package process

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// informer is a SharedIndexInformer that tracks what its handlers have been told. Its
// HasSynced waits instead of being polled, which brings a manager's start from about
// 200 ms to a few.
type informer struct {
	cache.SharedIndexInformer
	process *Process
	example runtime.Object // of its objects
	store   *Handler       // what its store has

	mu         sync.Mutex // guards what follows
	scope      Scope      // what its requests have asked for
	handlers   []*Handler
	registered []counted
	stream     *stream // its watch; nil if it has none just now
	transforms bool    // its objects aren't as its watch brings them
	// unseen are objects whose end it has missed.
	unseen map[types.UID]struct{}
}

// newInformer implements cache.Options.NewInformer for one process.
func (p *Process) newInformer(lw cache.ListerWatcher, example runtime.Object, resync time.Duration, indexers cache.Indexers) cache.SharedIndexInformer {
	f := &informer{process: p, example: example}
	if kind, err := apiutil.GVKForObject(example, p.cfg.Scheme); err == nil {
		f.scope.Kind = kind.GroupKind()
	}
	with := cache.ToListerWatcherWithContext(lw)
	f.SharedIndexInformer = cache.NewSharedIndexInformer(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			list, err := with.ListWithContext(f.in(ctx), o)
			if err != nil {
				return nil, err
			}
			return f.known(list)
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			w, err := with.WatchWithContext(f.in(ctx), o)
			if err != nil {
				return nil, err
			}
			return newStream(w, f, o), nil
		},
	}, example, resync, indexers)
	f.store = f.watch("the controller's cache")
	// Handlers are called after the store has the object, each on a goroutine of its
	// own.
	r, err := f.SharedIndexInformer.AddEventHandler(counted{cache.ResourceEventHandlerFuncs{}, f.store, f, nil})
	if err != nil {
		p.cfg.Log.Error(err, "an informer that takes no handler") // none that was stopped is made here
	} else {
		p.fills(f.store, r.HasSyncedChecker())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.informers = append(p.informers, f)
	return f
}

// informerKey is the context key of the informer that makes a request.
type informerKey struct{}

func (f *informer) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, informerKey{}, f)
}

// informerOf returns the informer that makes a request, nil if none does.
func informerOf(req *http.Request) *informer {
	f, _ := req.Context().Value(informerKey{}).(*informer)
	return f
}

// learn reads from an informer's requests what it selects.
func (p *Process) learn(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	if f := informerOf(req); f != nil {
		f.asks(req)
	}
	return next.RoundTrip(req)
}

// asks reads from one request of an informer what it selects.
func (f *informer) asks(req *http.Request) {
	r, ok := resourceOf(req)
	if !ok {
		return
	}
	query := req.URL.Query()
	scope := Scope{Kind: f.scope.Kind, Namespace: r.Namespace, Fields: query.Get("fieldSelector") != ""}
	if selector, err := labels.Parse(query.Get("labelSelector")); err == nil && !selector.Empty() {
		scope.Labels = selector
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scope = scope
	for _, v := range f.handlers {
		v.Narrow(scope)
	}
}

// Run runs the informer until the channel is closed.
func (f *informer) Run(stop <-chan struct{}) {
	defer f.leave()
	f.SharedIndexInformer.Run(stop)
}

// RunWithContext runs the informer until the context ends.
func (f *informer) RunWithContext(ctx context.Context) {
	defer f.leave()
	f.SharedIndexInformer.RunWithContext(ctx)
}

// leave records that the informer and its handlers have stopped: with the process, or
// because the operator has removed the informer from its cache.
func (f *informer) leave() {
	f.mu.Lock()
	handlers, registered := f.handlers, f.registered
	f.handlers, f.registered = nil, nil
	f.mu.Unlock()
	for _, h := range registered {
		h.delivery.stop()
	}
	i := f.process
	i.mu.Lock()
	i.informers = slices.DeleteFunc(slices.Clone(i.informers), func(other *informer) bool { return other == f })
	i.mu.Unlock()
	for _, v := range handlers {
		i.close(v)
	}
}

// watch starts to track what one of the informer's event handlers is told.
func (f *informer) watch(who string) *Handler {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.process.handler(who, f.scope)
	f.handlers = append(f.handlers, v)
	return v
}

// resync passes every object that the informer holds to its handlers, in the order of
// the keys.
func (f *informer) resync() {
	f.mu.Lock()
	handlers := f.registered
	f.mu.Unlock()
	store := f.GetStore()
	for _, key := range slices.Sorted(slices.Values(store.ListKeys())) {
		obj, exists, err := store.GetByKey(key)
		if err != nil || !exists {
			continue
		}
		for _, h := range handlers {
			h.ResourceEventHandler.OnUpdate(obj, obj)
		}
	}
}

// HasSynced waits until the informer has synced or the process is dead.
func (f *informer) HasSynced() bool {
	return f.process.synced(f.SharedIndexInformer.HasSyncedChecker())
}

// synced waits until the checker is done or the process is dead, and says whether the
// checker is done.
func (p *Process) synced(c cache.DoneChecker) bool {
	select {
	case <-c.Done():
		return true
	case <-p.dead.Done():
		return false
	}
}

// fills has the world wait until a handler has synced: who reads a kind for the first time
// waits for that, and of a kind without objects there is nothing else to be told.
func (p *Process) fills(v *Handler, c cache.DoneChecker) {
	v.Fill()
	go func() {
		if p.synced(c) {
			v.Filled()
		}
	}()
}

// registration is a handler's registration. Its HasSynced waits, too.
type registration struct {
	cache.ResourceEventHandlerRegistration
	process *Process
	handler counted
}

// HasSynced waits until the handler has synced or the process is dead.
func (r registration) HasSynced() bool { return r.process.synced(r.HasSyncedChecker()) }

func (f *informer) AddEventHandler(h cache.ResourceEventHandler) (cache.ResourceEventHandlerRegistration, error) {
	return f.AddEventHandlerWithOptions(h, cache.HandlerOptions{})
}

func (f *informer) AddEventHandlerWithResyncPeriod(h cache.ResourceEventHandler, resync time.Duration) (cache.ResourceEventHandlerRegistration, error) {
	return f.AddEventHandlerWithOptions(h, cache.HandlerOptions{ResyncPeriod: &resync})
}

func (f *informer) AddEventHandlerWithOptions(h cache.ResourceEventHandler, o cache.HandlerOptions) (cache.ResourceEventHandlerRegistration, error) {
	handler := counted{h, f.watch("the controller"), f, nil}
	if controller, kind := f.process.handlerOf(h); controller != "" && f.process.cfg.Sequencer.Draws() {
		handler.delivery = f.process.delivery(controller, kind, handler.handler)
	}
	r, err := f.SharedIndexInformer.AddEventHandlerWithOptions(handler, o)
	if err != nil {
		f.forget(handler)
		return nil, err
	}
	f.process.fills(handler.handler, r.HasSyncedChecker())
	f.mu.Lock()
	defer f.mu.Unlock()
	f.registered = append(f.registered, handler)
	return registration{r, f.process, handler}, nil
}

// RemoveEventHandler removes the wrapper of AddEventHandler, too.
func (f *informer) RemoveEventHandler(r cache.ResourceEventHandlerRegistration) error {
	wrapped, ok := r.(registration)
	if !ok {
		return f.SharedIndexInformer.RemoveEventHandler(r)
	}
	err := f.SharedIndexInformer.RemoveEventHandler(wrapped.ResourceEventHandlerRegistration)
	if err == nil {
		f.forget(wrapped.handler)
	}
	return err
}

// forget records that an event handler is no longer called.
func (f *informer) forget(c counted) {
	f.mu.Lock()
	f.handlers = slices.DeleteFunc(slices.Clone(f.handlers), func(v *Handler) bool { return v == c.handler })
	f.registered = slices.DeleteFunc(slices.Clone(f.registered), func(h counted) bool { return h.handler == c.handler })
	f.mu.Unlock()
	c.delivery.stop()
	f.process.close(c.handler)
}

// SetTransform notes whether the informer's objects are transformed.
func (f *informer) SetTransform(transform cache.TransformFunc) error {
	f.mu.Lock()
	f.transforms = transform != nil
	f.mu.Unlock()
	return f.SharedIndexInformer.SetTransform(transform)
}

// opens and closes note which watch the informer has.
func (f *informer) opens(s *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stream = s
}

func (f *informer) closes(s *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stream == s {
		f.stream = nil
	}
}

// missed says that the end of an object was missed, which is known as it was before.
func (f *informer) missed(o runtime.Object) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unseen == nil {
		f.unseen = map[types.UID]struct{}{}
	}
	f.unseen[o.(metav1.Object).GetUID()] = struct{}{}
}

// lastKnown is what handlers are told of a deleted object: as a new list has it where
// its end was missed.
func (f *informer) lastKnown(obj any) any {
	o, ok := obj.(metav1.Object)
	if !ok {
		return obj
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, missed := f.unseen[o.GetUID()]; !missed {
		return obj
	}
	key, err := cache.MetaNamespaceKeyFunc(o)
	if err != nil {
		return obj
	}
	return cache.DeletedFinalStateUnknown{Key: key, Obj: obj}
}

// counted is an event handler with a Handler that tracks what has come for it.
type counted struct {
	cache.ResourceEventHandler
	handler  *Handler
	informer *informer
	delivery *delivery // nil if it is told at once
}

// tell has the event handler be told of an object.
func (c counted) tell(obj any, tell func()) {
	if c.delivery == nil {
		tell()
		return
	}
	c.delivery.add(obj, tell)
}

func (c counted) OnAdd(obj any, initial bool) {
	add := func() { c.ResourceEventHandler.OnAdd(obj, initial) }
	if initial { // a start waits for the whole of the first list
		add()
	} else {
		c.tell(obj, add)
	}
	c.told(obj)
}

func (c counted) OnUpdate(before, after any) {
	c.tell(after, func() { c.ResourceEventHandler.OnUpdate(before, after) })
	// An object that was deleted and created again while the watch was down arrives as
	// an update.
	if b, ok := before.(metav1.Object); ok && b.GetUID() != after.(metav1.Object).GetUID() {
		c.handler.DeliveredDeletion(b.GetUID(), "")
	}
	c.told(after)
}

func (c counted) OnDelete(obj any) {
	obj = c.informer.lastKnown(obj)
	c.tell(obj, func() { c.ResourceEventHandler.OnDelete(obj) })
	gone, missed := obj.(cache.DeletedFinalStateUnknown)
	if missed {
		obj = gone.Obj
	}
	o, ok := obj.(metav1.Object)
	if ok {
		c.informer.process.watches.tell(c.handler.kind, o.GetResourceVersion())
	}
	if ok && missed {
		c.handler.DeliveredDeletion(o.GetUID(), "")
	} else if ok {
		c.handler.DeliveredDeletion(o.GetUID(), o.GetResourceVersion())
	}
}

func (c counted) told(obj any) {
	if o, ok := obj.(metav1.Object); ok {
		c.informer.process.watches.tell(c.handler.kind, o.GetResourceVersion())
		c.handler.Delivered(metadataOf(o).version(c.handler.kind))
	}
}
