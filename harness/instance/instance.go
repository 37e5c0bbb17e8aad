// Package instance runs one life of a controller: a real controller-runtime
// manager in virtual time that can be killed before or after any request of
// any object, or at any moment, without anything of it surviving. It knows no
// particular operator.
package instance

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/manager"
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
	// Namespace is the only one that the instance watches; empty for all.
	Namespace string
	// Workers is MaxConcurrentReconciles of every controller, 0 for what each
	// has set.
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

	// Options, if set, are what the operator's main sets. What virtual time
	// can't do with is replaced: see managerOptions.
	Options func(*manager.Options)
	// Setup adds the operator's controllers to the manager, as its main does.
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

// Env is for operators that reach something other than the API server.
type Env struct {
	// Outbound goes around a transport to there: its requests are numbered under
	// the reconcile in their context, as those to the API server are.
	Outbound func(base http.RoundTripper) http.RoundTripper
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
	writes     writes
	isolated   atomic.Bool

	names names

	mu        sync.Mutex          // guards what follows
	starting  *virtualtime.Token  // its start, or that of a controller that was added later
	pending   map[string]struct{} // controllers whose workers haven't come for a key yet
	started   bool                // none has been since the manager was set up
	inFlight  map[string]flight   // reconciles by their work's name
	asking    map[*http.Request]virtualtime.Owner
	cuts      map[string]chan struct{}
	counts    map[string]int    // reconciles begun, by their work's name
	queues    map[string]*queue // by controller
	views     []*View
	informers []*informer
}

// newInstance returns an instance that hasn't begun.
func newInstance(cfg Config) *Instance {
	i := &Instance{
		cfg: cfg, ended: make(chan struct{}), cuts: map[string]chan struct{}{}, counts: map[string]int{},
		queues: map[string]*queue{}, pending: map[string]struct{}{}, names: names{namespace: cfg.Namespace},
		inFlight: map[string]flight{}, asking: map[*http.Request]virtualtime.Owner{},
	}
	i.dead, i.kill = context.WithCancel(context.Background())
	return i
}

// Start begins a life. It doesn't wait for the controller to be up: until it
// is, the world isn't settled, but for one that is isolated and can't be. Where
// it returns an error, nothing was begun.
func Start(cfg Config) (*Instance, error) {
	i := newInstance(cfg)
	running, stop := context.WithCancel(i.dead)
	i.stop = stop
	if cfg.Past != "" || cfg.Isolated {
		i.watches.back, i.watches.missed, i.watches.past = make(chan struct{}), true, cfg.Past
	}
	i.isolated.Store(cfg.Isolated)
	i.awaitStart()
	mgr, err := i.manager()
	if err == nil {
		err = cmp.Or(cfg.Setup(mgr, Env{Outbound: i.outbound}), mgr.webhooks.refusal())
	}
	if err != nil {
		i.kill()
		i.endStart()
		return nil, fmt.Errorf("controller: %w", err)
	}
	controllers := slices.DeleteFunc(slices.Sorted(maps.Keys(i.pending)), func(name string) bool { return strings.HasPrefix(name, taskMark) })
	if len(controllers) == 1 {
		i.names.only = controllers[0]
	}
	if len(i.pending) == 0 {
		go i.awaitElection(mgr)
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

func (i *Instance) outbound(base http.RoundTripper) http.RoundTripper {
	return i.transport(way{}, base)
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

// awaits has the life's start include that of a controller, up to when its
// workers come for a key, or of a task, up to when it has begun.
func (i *Instance) awaits(controller string) {
	i.mu.Lock()
	i.pending[controller] = struct{}{}
	another := i.started
	i.started = false
	i.mu.Unlock()
	if another {
		i.awaitStart()
	}
}

// up says that a controller's workers have come for a key, or that a task has begun.
func (i *Instance) up(controller string) {
	i.mu.Lock()
	delete(i.pending, controller)
	all := len(i.pending) == 0
	i.mu.Unlock()
	if all {
		i.endStart()
	}
}

// awaitElection ends the start of a life that has neither controllers nor tasks.
func (i *Instance) awaitElection(mgr manager.Manager) {
	select {
	case <-mgr.Elected():
		i.endStart()
	case <-i.ended:
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

// view opens a view that ends with the instance; the world doesn't wait for it
// while the watches are down.
func (i *Instance) view(who string, scope Scope) *View {
	i.watches.mu.Lock()
	defer i.watches.mu.Unlock()
	v := i.cfg.Freshness.Watch(who, scope)
	if i.watches.back != nil {
		v.Hold()
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.views = append(i.views, v)
	return v
}

// close closes a view.
func (i *Instance) close(v *View) {
	i.mu.Lock()
	i.views = slices.DeleteFunc(slices.Clone(i.views), func(other *View) bool { return other == v })
	i.mu.Unlock()
	v.Close()
}

// flight is a reconcile that is under way.
type flight struct {
	ctx   context.Context
	since time.Time
	work  Work
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
	queues := maps.Clone(i.queues)
	i.mu.Unlock()
	var waits []virtualtime.Wait[reconcile.Request]
	for _, controller := range slices.Sorted(maps.Keys(queues)) {
		waits = append(waits, queues[controller].Waits()...)
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

// ownerName names the owner that is this instance's for work of that name.
func (i *Instance) ownerName(object string) string {
	return fmt.Sprintf("controller %d/%s", i.cfg.Life, object)
}

// owner is that owner, as it is now.
func (i *Instance) owner(object string) virtualtime.Owner {
	return i.cfg.Activity.Owner(i.ownerName(object))
}

// begin and end keep account of what is being reconciled.
func (i *Instance) begin(ctx context.Context, object string, w Work) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.inFlight[object] = flight{ctx, i.cfg.Clock.Now(), w}
}

func (i *Instance) end(object string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.inFlight, object)
}

// cutting is closed when work is cut off.
func (i *Instance) cutting(object string) chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.cuttingLocked(object)
}

func (i *Instance) cuttingLocked(object string) chan struct{} {
	if i.cuts[object] == nil {
		i.cuts[object] = make(chan struct{})
	}
	return i.cuts[object]
}

// cut takes work out of its controller's hands: the queue gives its key out no
// more, and its worker is free. Everything else goes on.
func (i *Instance) cut(object string) {
	i.mu.Lock()
	f, reconciled := i.inFlight[object]
	q := i.queues[f.work.Controller]
	i.mu.Unlock()
	if reconciled {
		q.Cut(reconcile.Request{NamespacedName: f.work.Key})
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	cutting := i.cuttingLocked(object)
	select {
	case <-cutting: // another of its requests has been cut off
	default:
		close(cutting)
	}
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
	//determinism:ordered each is shut down on its own
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
	queues := slices.Collect(maps.Values(i.queues))        //determinism:ordered each on its own
	reconciling := slices.Collect(maps.Values(i.inFlight)) //determinism:ordered each is awaited
	i.mu.Unlock()
	for _, q := range queues {
		q.CutAll() // as the manager does, on a goroutine of its own
	}
	i.stop()
	// The manager calls off what is being reconciled, on a goroutine of its own.
	for _, f := range reconciling {
		select {
		case <-f.ctx.Done():
		case <-i.ended:
		}
	}
	// Reads and requests that were called off wait no more, whatever they waited for.
	i.calledOff()
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
		if s.cfg.Activity.Waits(s.ownerName(object)) {
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
