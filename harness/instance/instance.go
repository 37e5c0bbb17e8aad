// Package instance runs one life of a controller: a real controller-runtime
// manager in virtual time that can be killed before or after any request of
// any object, or at any moment, without anything of it surviving. It knows no
// particular operator.
package instance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/virtualtime"
)

// Config says what an instance runs, and in what world.
type Config struct {
	// Life counts the lives in a world, from 1.
	Life int
	// REST reaches the API server; instances may share its connections.
	REST *rest.Config
	// Scheme knows the operator's types.
	Scheme *runtime.Scheme
	// Mapper knows their resources, so that no instance has to discover them.
	Mapper meta.RESTMapper
	// Namespace is the only one that the instance watches.
	Namespace string
	// Workers is MaxConcurrentReconciles.
	Workers int
	// Log gets the controller's log.
	Log logr.Logger

	// Clock, Activity, Freshness, Operations, Disturbances and Gate are the
	// world's, and are shared by all its instances.
	Clock        *virtualtime.Clock
	Activity     *virtualtime.Activity
	Freshness    *Freshness
	Operations   *Operations
	Disturbances *Disturbances
	Gate         *Gate
	// Observe is told of every numbered request once it is done; for one
	// object, one at a time.
	Observe func(Exchange)

	// Setup adds the operator's controllers to the manager.
	Setup func(manager.Manager, Env) error
	// Past, if set, is the resourceVersion of the world that the caches are
	// filled with. The watches are down then, as after CutWatch.
	Past string
	// Isolated has the life begin cut off from the API server, as after Isolate:
	// its start comes to its end once it reaches it.
	Isolated bool
	// Stillborn has the life come to the end of its start and no further: its
	// caches are filled, and no key is ever handed out.
	Stillborn bool
}

// Env is what a controller has to be built with to live in an instance.
type Env struct {
	// Client is the manager's, to be used in its place.
	Client client.Client
	// Options are its controller's options.
	Options controller.Options
	// Wrap goes around its reconciler.
	Wrap func(reconcile.Reconciler) reconcile.Reconciler
	// Outbound goes around a transport that reaches something other than the
	// API server; object names the object that a request is made for.
	Outbound func(base http.RoundTripper, object func(*http.Request) string) http.RoundTripper
}

// Instance is one life of a controller.
type Instance struct {
	cfg   Config
	dead  context.Context
	kill  context.CancelFunc
	stop  context.CancelFunc // as SIGTERM would
	ended chan struct{}      // the manager's Start has returned
	err   error              // why it did; read after ended
	// reconciles are the goroutines that reconcile, the cut off ones included.
	reconciles sync.WaitGroup
	watches    watches
	isolated   atomic.Bool

	mu        sync.Mutex
	starting  *virtualtime.Token // its start
	started   bool               // that has come to its end
	written   map[string]Version // by object, its own last write
	inFlight  map[string]flight  // reconciles by object
	asking    map[*http.Request]virtualtime.Owner
	cuts      map[string]chan struct{}
	counts    map[string]int // reconciles begun, by object
	queues    []*queue
	views     []*View
	informers []*informer
}

// Start begins a life. It doesn't wait for the controller to be up: until it
// is, the world isn't settled, but for one that is isolated and can't be. Where
// it returns an error, nothing was begun.
func Start(cfg Config) (*Instance, error) {
	i := &Instance{
		cfg: cfg, ended: make(chan struct{}), cuts: map[string]chan struct{}{}, counts: map[string]int{},
		written: map[string]Version{}, inFlight: map[string]flight{}, asking: map[*http.Request]virtualtime.Owner{},
	}
	i.dead, i.kill = context.WithCancel(context.Background())
	running, stop := context.WithCancel(i.dead)
	i.stop = stop
	if cfg.Past != "" || cfg.Isolated {
		i.watches.back, i.watches.missed, i.watches.past = make(chan struct{}), true, cfg.Past
	}
	i.isolated.Store(cfg.Isolated)
	i.awaitStart()
	mgr, err := i.manager()
	if err == nil {
		err = cfg.Setup(mgr, Env{
			Client: patient{mgr.GetClient(), i}, Options: i.options(), Wrap: i.wrap, Outbound: i.outbound,
		})
	}
	if err != nil {
		i.kill()
		i.endStart()
		return nil, fmt.Errorf("controller: %w", err)
	}
	go func() {
		defer close(i.ended)
		if err := mgr.Start(running); err != nil && running.Err() == nil {
			i.err = fmt.Errorf("the controller's manager ended by itself: %w", err)
		}
		i.endStart()
		cfg.Activity.Do(func() {}) // who waits for the end looks again
	}()
	return i, nil
}

// manager makes the controller-runtime manager of this life.
func (i *Instance) manager() (manager.Manager, error) {
	// By the config, and not by an http.Client, so that the reader past the
	// cache takes this way too.
	cfg := rest.CopyConfig(i.cfg.REST)
	cfg.Wrap(func(base http.RoundTripper) http.RoundTripper {
		return &transport{instance: i, base: base, object: APIObject, api: true}
	})
	consistent, skip, forever := true, true, time.Duration(-1)
	return manager.New(cfg, manager.Options{
		Scheme:         i.cfg.Scheme,
		Logger:         i.cfg.Log,
		MapperProvider: func(*rest.Config, *http.Client) (meta.RESTMapper, error) { return i.cfg.Mapper, nil },
		Cache: cache.Options{
			NewInformer:       i.newInformer,
			DefaultNamespaces: map[string]cache.Config{i.cfg.Namespace: {}},
		},
		Client: client.Options{
			Cache: &client.CacheOptions{EnableReadYourWritesConsistency: &consistent},
		},
		Metrics:                 metricsserver.Options{BindAddress: "0"},
		Controller:              config.Controller{SkipNameValidation: &skip},
		GracefulShutdownTimeout: &forever,
	})
}

func (i *Instance) options() controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: i.cfg.Workers,
		CacheSyncTimeout:        24 * time.Hour, // of the wall clock, by which no life is to end
		NewQueue: func(_ string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
			q := virtualtime.NewQueue(i.cfg.Clock, i.cfg.Activity, limiter, i.cfg.Workers, func(r reconcile.Request) string { return i.owner(r.Name) }, i.endStart)
			if i.cfg.Stillborn {
				q.CutAll()
			}
			i.mu.Lock()
			defer i.mu.Unlock()
			i.queues = append(i.queues, q)
			i.cfg.Gate.join(q)
			return q
		},
	}
}

func (i *Instance) outbound(base http.RoundTripper, object func(*http.Request) string) http.RoundTripper {
	return &transport{instance: i, base: base, object: object}
}

// awaitStart has the world wait for the life's start, unless that has come to
// its end, or can't.
func (i *Instance) awaitStart() {
	token := i.cfg.Activity.Begin("controller: starting")
	i.mu.Lock()
	waits := !i.started && !i.isolated.Load()
	if waits {
		i.starting = token
	}
	i.mu.Unlock()
	if !waits {
		token.End()
	}
}

// endStart says that the life's start has come to its end.
func (i *Instance) endStart() {
	i.mu.Lock()
	i.started = true
	token := i.starting
	i.mu.Unlock()
	if token != nil {
		token.End()
	}
}

// Isolate cuts the instance off from the API server, or lets it reach it again:
// connections are refused, and its watches are down.
func (i *Instance) Isolate(isolated bool) error {
	i.isolated.Store(isolated)
	if isolated {
		return i.CutWatch()
	}
	i.awaitStart()
	return i.RestoreWatch()
}

// Isolated says whether the instance is cut off from the API server.
func (i *Instance) Isolated() bool { return i.isolated.Load() }

// wrote notes the version that this instance wrote last of an object.
func (i *Instance) wrote(object string, version Version) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.written[object] = version
}

// watch opens a view that ends with the instance; the world doesn't wait for it
// while the watches are down.
func (i *Instance) watch(kind schema.GroupKind) *View {
	i.watches.mu.Lock()
	defer i.watches.mu.Unlock()
	v := i.cfg.Freshness.Watch("the controller", kind)
	if i.watches.back != nil {
		v.Hold()
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.views = append(i.views, v)
	return v
}

// flight is a reconcile that is under way.
type flight struct {
	ctx   context.Context
	since time.Time
}

// UnderWay returns since when objects are being reconciled.
func (i *Instance) UnderWay() map[string]time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	since := map[string]time.Time{}
	for object, f := range i.inFlight {
		since[object] = f.since
	}
	return since
}

// Waits returns how long objects waited for a worker, as virtualtime.Queue.Waits.
func (i *Instance) Waits() []virtualtime.Wait[reconcile.Request] {
	i.mu.Lock()
	queues := i.queues
	i.mu.Unlock()
	var waits []virtualtime.Wait[reconcile.Request]
	for _, q := range queues {
		waits = append(waits, q.Waits()...)
	}
	return waits
}

// Resync has every informer hand all that it holds to its handlers once more,
// as controller-runtime does every 10 hours or so of real time.
func (i *Instance) Resync() {
	i.mu.Lock()
	informers := i.informers
	i.mu.Unlock()
	for _, f := range informers {
		f.resync()
	}
}

// wrap runs each reconcile in a goroutine of its own: one that is cut off at
// a crash point must hold no worker, and no code may run on after it that a
// dead process would not run.
func (i *Instance) wrap(inner reconcile.Reconciler) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
		type outcome struct {
			result   reconcile.Result
			err      error
			panicked any
		}
		done := make(chan outcome, 1)
		owner := i.cfg.Activity.Owner(i.owner(req.Name))
		ctx = i.counted(owner.In(ctx), req.Name)
		i.begin(ctx, req.Name)
		i.reconciles.Go(func() {
			var o outcome
			defer func() {
				o.panicked = recover()
				// Before the worker goes on: it may be the next reconcile of
				// this object that is parked then.
				owner.Resume()
				i.end(req.Name)
				done <- o
			}()
			o.result, o.err = inner.Reconcile(ctx, req)
		})
		select {
		case o := <-done:
			if o.panicked != nil {
				panic(o.panicked)
			}
			return o.result, o.err
		case <-i.cutting(req.Name):
			return reconcile.Result{}, nil
		}
	})
}

// owner names the line of work that is this instance's for one object.
func (i *Instance) owner(object string) string {
	return fmt.Sprintf("controller %d/%s", i.cfg.Life, object)
}

// begin and end keep account of what is being reconciled.
func (i *Instance) begin(ctx context.Context, object string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.inFlight[object] = flight{ctx, i.cfg.Clock.Now()}
}

func (i *Instance) end(object string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.inFlight, object)
}

// cutting is closed when an object is cut off.
func (i *Instance) cutting(object string) chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.cuts[object] == nil {
		i.cuts[object] = make(chan struct{})
	}
	return i.cuts[object]
}

// cut takes an object out of the controller's hands: the queue gives it out no
// more, and its worker is free. Everything else goes on.
func (i *Instance) cut(object string) {
	i.mu.Lock()
	queues := i.queues
	i.mu.Unlock()
	for _, q := range queues {
		q.Cut(reconcile.Request{NamespacedName: client.ObjectKey{Namespace: i.cfg.Namespace, Name: object}})
	}
	close(i.cutting(object))
}

// Kill ends this life as SIGKILL would, and returns when nothing of it is
// left: whatever it still tries fails, and no answer reaches it.
func (i *Instance) Kill() {
	i.kill()
	<-i.ended
	i.reconciles.Wait()
	i.cfg.Activity.Leave(stopping{i})
	i.mu.Lock()
	views, queues := i.views, i.queues
	i.mu.Unlock()
	for _, v := range views {
		v.Close()
	}
	for _, q := range queues {
		q.ShutDown()
		i.cfg.Gate.leave(q)
	}
}

// Stop begins to end this life as SIGTERM would: what is being reconciled comes
// to its end first. The world isn't settled until the life has ended, or waits
// for a virtual time; Kill then clears up, and may come before.
func (i *Instance) Stop() {
	i.eachView(func(v *View) { v.Hold() })
	i.cfg.Activity.Join(stopping{i})
	i.mu.Lock()
	for _, q := range i.queues {
		q.CutAll() // as the manager does, on a goroutine of its own
	}
	reconciling := slices.Collect(maps.Values(i.inFlight)) //determinism:ordered each is awaited
	i.mu.Unlock()
	i.stop()
	// The manager calls off what is being reconciled, on a goroutine of its own.
	for _, f := range reconciling {
		select {
		case <-f.ctx.Done():
		case <-i.ended:
		}
	}
	// Requests that were called off wait no more, whatever they waited for.
	i.mu.Lock()
	var off []virtualtime.Owner
	//determinism:ordered each is resumed on its own
	for req, owner := range i.asking {
		if req.Context().Err() != nil {
			off = append(off, owner)
		}
	}
	i.mu.Unlock()
	for _, owner := range off {
		owner.Resume()
	}
}

// asks keeps account of the requests that are open.
func (i *Instance) asks(req *http.Request, owner virtualtime.Owner, open bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if open {
		i.asking[req] = owner
	} else {
		delete(i.asking, req)
	}
}

// stopping is the Part of a world that an instance is while it stops.
type stopping struct{ *Instance }

// Busy says that the instance has not ended, unless some of its work is parked.
func (s stopping) Busy() []string {
	if s.HasEnded() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	//determinism:ordered one is enough, whichever is asked first
	for object := range s.inFlight {
		if s.cfg.Activity.Parked(s.owner(object)) {
			return nil
		}
	}
	return []string{fmt.Sprintf("controller %d: stopping", s.cfg.Life)}
}

// HasEnded says whether the manager has returned.
func (i *Instance) HasEnded() bool {
	select {
	case <-i.ended:
		return true
	default:
		return false
	}
}

// Ended returns why the manager ended by itself, nil while it has not.
func (i *Instance) Ended() error {
	if i.HasEnded() {
		return i.err
	}
	return nil
}
