// Package process runs one incarnation of a controller: a real controller-runtime
// manager in virtual time that can be killed before or after any request of
// any object, or at any moment, without anything of it surviving. It knows no
// particular operator.
package process

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
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/virtualtime"
)

// Config configures a process.
type Config struct {
	// Incarnation counts the controllers' processes in a world, from 1.
	Incarnation int
	// REST is the configuration for the API server; processes may share its
	// connections.
	REST *rest.Config
	// Scheme has the operator's types.
	Scheme *runtime.Scheme
	// Mapper maps their kinds to resources, so that no process needs discovery
	// requests.
	Mapper meta.RESTMapper
	// Namespace is the world's own, and the only one that the process watches; empty
	// for none and all.
	Namespace string
	// ClusterScoped has it watch all namespaces, unless the operator's main says
	// which: its caches have what the SyncTracker knows of, and nothing else.
	ClusterScoped bool
	// Watched are the kinds that the world watches, too, where the process does.
	Watched []schema.GroupKind
	// Workers is MaxConcurrentReconciles of every controller, 0 for what each
	// has set.
	Workers int
	// Log receives the controller's log.
	Log logr.Logger

	// Clock, Quiescence, SyncTracker, Operations, RequestFaults, Sequencer,
	// Timestamps and GeneratedNames are the world's, and are shared by all its
	// processes. Without Timestamps, the API server's own are left as they are.
	Clock          *virtualtime.Clock
	Quiescence     *virtualtime.Quiescence
	SyncTracker    *SyncTracker
	Operations     *Operations
	RequestFaults  *RequestFaults
	Sequencer      *Sequencer
	Timestamps     *Timestamps
	GeneratedNames *GeneratedNames
	// Observe is told of every numbered request once it is done; for one
	// object, one at a time.
	Observe func(Exchange)
	// Panicked, if set, is told of every panic of a reconcile, which controller-runtime
	// takes for an error.
	Panicked func(Reconcile, any)
	// Returned, if set, is told of every reconcile that returns, and of its error.
	Returned func(Reconcile, error)

	// Options, if set, are what the operator's main sets. What virtual time
	// can't do with is replaced: see managerOptions.
	Options func(*manager.Options)
	// Setup adds the operator's controllers to the manager, as its main does.
	Setup func(manager.Manager, Env) error
	// Reconciler, if set, goes around the reconciler of each controller, or takes its
	// place.
	Reconciler func(reconcile.Reconciler) reconcile.Reconciler
	// Past, if set, is the resourceVersion of the world that the caches are
	// filled with. The watches are down then, as after CutWatch.
	Past string
	// Isolated has the incarnation begin cut off from the API server, as after Isolate:
	// its start comes to its end once it reaches it.
	Isolated bool
	// StopAfterSync has the incarnation come to the end of its start and no further: its
	// caches are filled, and no key is ever handed out.
	StopAfterSync bool
}

// Env is for operators that use more than the API server.
type Env struct {
	// Outbound goes around a transport to there: its requests are numbered under
	// the reconcile in their context, as those to the API server are.
	Outbound func(base http.RoundTripper) http.RoundTripper
	// Call makes a call of a Go interface in the same way.
	Call func(context.Context, GoCall) (any, error)
	// Busy says that a goroutine or a channel of the operator's own is busy, until the
	// function is called that it returns, or the process is killed.
	Busy func(what string) (done func())
}

// Process is one incarnation of a controller.
type Process struct {
	cfg  Config
	dead context.Context
	kill context.CancelFunc
	stop context.CancelFunc // as SIGTERM would
	// running ends when the process is told to stop, or dies.
	running context.Context
	ended   chan struct{} // the manager's Start has returned
	err     error         // why it did; read after ended
	// reconciles are the goroutines that reconcile, the cut off ones included.
	reconciles sync.WaitGroup
	// told are the goroutines that tell event handlers of things by turns.
	told     sync.WaitGroup
	watches  watches
	writes   writes
	isolated atomic.Bool

	names names

	mu         sync.Mutex          // guards what follows
	starting   *virtualtime.Token  // its start, or that of a controller that was added later
	pending    map[string]struct{} // controllers whose workers haven't come for a key yet
	started    bool                // none has been since the manager was set up
	inFlight   map[string]flight   // reconciles by their work's name
	lastBegun  map[Work]time.Time  // when the last reconcile of each key began
	asking     map[*http.Request]virtualtime.Task
	cuts       map[string]chan struct{}
	counts     map[string]int                  // reconciles begun, by their work's name
	queues     map[string]*queue               // by controller
	tokens     map[*virtualtime.Token]struct{} // of what says that it is busy
	followed   []func()                        // end what awaits channel sources
	handlers   []*Handler
	informers  []*informer
	deliveries []*delivery
}

// newInstance returns a process that has not started.
func newInstance(cfg Config) *Process {
	i := &Process{
		cfg: cfg, ended: make(chan struct{}), cuts: map[string]chan struct{}{}, counts: map[string]int{},
		queues: map[string]*queue{}, pending: map[string]struct{}{}, names: names{generated: cfg.GeneratedNames, namespace: cfg.Namespace, clusterScoped: cfg.ClusterScoped},
		inFlight: map[string]flight{}, lastBegun: map[Work]time.Time{}, asking: map[*http.Request]virtualtime.Task{},
		tokens: map[*virtualtime.Token]struct{}{},
	}
	i.dead, i.kill = context.WithCancel(context.Background())
	return i
}

// Start begins an incarnation. It doesn't wait for the controller to be up: until it
// is, the world isn't settled, but for one that is isolated and can't be. Where
// it returns an error, nothing was begun.
func Start(cfg Config) (*Process, error) {
	p := newInstance(cfg)
	running, stop := context.WithCancel(p.dead)
	p.running, p.stop = running, stop
	if cfg.Past != "" || cfg.Isolated {
		p.watches.back, p.watches.missed, p.watches.past = make(chan struct{}), true, cfg.Past
	}
	p.isolated.Store(cfg.Isolated)
	p.awaitStart()
	mgr, err := p.manager()
	if err == nil {
		err = cmp.Or(cfg.Setup(mgr, Env{Outbound: p.outbound, Call: p.call, Busy: p.busy}), mgr.webhooks.refusal())
	}
	if err != nil {
		p.kill()
		p.closeHandlers()
		p.endStart()
		return nil, fmt.Errorf("controller: %w", err)
	}
	controllers := slices.DeleteFunc(slices.Sorted(maps.Keys(p.pending)), IsTask)
	if len(controllers) == 1 {
		p.names.only = controllers[0]
	}
	if len(p.pending) == 0 {
		go p.awaitElection(mgr)
	}
	go func() {
		defer close(p.ended)
		if err := mgr.Start(running); err != nil && running.Err() == nil {
			p.err = fmt.Errorf("the controller's manager ended by itself: %w", err)
		}
		p.endStart()
		cfg.Quiescence.Do(func() {}) // who waits for the end looks again
	}()
	return p, nil
}

func (p *Process) outbound(base http.RoundTripper) http.RoundTripper {
	return p.transport(way{}, base)
}

// awaitStart has the world wait for the incarnation's start, unless that has come to
// its end, or can't.
func (p *Process) awaitStart() {
	token := p.cfg.Quiescence.Begin("controller: starting")
	p.mu.Lock()
	waits := !p.started && !p.isolated.Load()
	if waits {
		p.starting = token
	}
	p.mu.Unlock()
	if !waits {
		token.End()
	}
}

// awaits has the incarnation's start include that of a controller, up to when its
// workers come for a key, or of a task, up to when it has begun.
func (p *Process) awaits(controller string) {
	p.mu.Lock()
	p.pending[controller] = struct{}{}
	another := p.started
	p.started = false
	p.mu.Unlock()
	if another {
		p.awaitStart()
	}
}

// up says that a controller's workers have come for a key, or that a task has begun.
func (p *Process) up(controller string) {
	p.mu.Lock()
	delete(p.pending, controller)
	all := len(p.pending) == 0
	p.mu.Unlock()
	if all {
		p.endStart()
	}
}

// awaitElection ends the start of an incarnation that has neither controllers nor tasks.
func (p *Process) awaitElection(mgr manager.Manager) {
	select {
	case <-mgr.Elected():
		p.endStart()
	case <-p.ended:
	}
}

// endStart says that the incarnation's start has come to its end.
func (p *Process) endStart() {
	p.mu.Lock()
	p.started = true
	token := p.starting
	p.mu.Unlock()
	if token != nil {
		token.End()
	}
}

// handler makes a Handler that ends with the process; the world doesn't wait for it
// while the watches are down.
func (p *Process) handler(who string, scope Scope) *Handler {
	p.watches.mu.Lock()
	defer p.watches.mu.Unlock()
	v := p.cfg.SyncTracker.Watch(who, scope)
	if p.watches.back != nil {
		v.Hold()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handlers = append(p.handlers, v)
	return v
}

// close closes a Handler.
func (p *Process) close(v *Handler) {
	p.mu.Lock()
	p.handlers = slices.DeleteFunc(slices.Clone(p.handlers), func(other *Handler) bool { return other == v })
	p.mu.Unlock()
	v.Close()
}

// closeHandlers closes all that there are, of a process that is dead.
func (p *Process) closeHandlers() { p.eachHandler((*Handler).Close) }

// flight is a reconcile that has not returned.
type flight struct {
	ctx   context.Context
	since time.Time
	work  Work
}

// UnderWay returns when the present reconciles began, by object.
func (p *Process) UnderWay() map[string]time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := map[string]time.Time{}
	for object, f := range p.inFlight {
		since[object] = f.since
	}
	return since
}

// Waits returns how long objects waited for a worker, as virtualtime.Queue.Waits does.
func (p *Process) Waits() []virtualtime.Wait[reconcile.Request] {
	p.mu.Lock()
	queues := maps.Clone(p.queues)
	p.mu.Unlock()
	var waits []virtualtime.Wait[reconcile.Request]
	for _, controller := range slices.Sorted(maps.Keys(queues)) {
		waits = append(waits, queues[controller].Waits()...)
	}
	return waits
}

// Resync makes every informer pass all objects that it holds to its handlers again, as
// controller-runtime does about every 10 hours of real time.
func (p *Process) Resync() {
	p.mu.Lock()
	informers := p.informers
	p.mu.Unlock()
	for _, f := range informers {
		f.resync()
	}
}

// taskName names the task that is this process's for work of that name.
func (p *Process) taskName(object string) string {
	return fmt.Sprintf("controller %d/%s", p.cfg.Incarnation, object)
}

// task is that task, as it is now.
func (p *Process) task(object string) virtualtime.Task {
	return p.cfg.Quiescence.Task(p.taskName(object))
}

// begin and end track which objects are being reconciled.
func (p *Process) begin(ctx context.Context, object string, w Work) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Clock.Now()
	p.inFlight[object], p.lastBegun[w] = flight{ctx, now, w}, now
}

// LastBegun returns when the last reconcile of each key began.
func (p *Process) LastBegun() map[Work]time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.lastBegun)
}

func (p *Process) end(object string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.inFlight, object)
}

// cutting returns a channel that is closed when work is cut off.
func (p *Process) cutting(object string) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuttingLocked(object)
}

func (p *Process) cuttingLocked(object string) chan struct{} {
	if p.cuts[object] == nil {
		p.cuts[object] = make(chan struct{})
	}
	return p.cuts[object]
}

// isCutOff says whether work was cut off.
func (p *Process) isCutOff(object string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.isCutOffLocked(object)
}

func (p *Process) isCutOffLocked(object string) bool {
	select {
	case <-p.cuttingLocked(object):
		return true
	default:
		return false
	}
}

// cut cuts off work: the queue no longer hands its key out, and its worker is free.
// Everything else goes on.
func (p *Process) cut(object string) {
	p.mu.Lock()
	f, reconciled := p.inFlight[object]
	q := p.queues[f.work.Controller]
	p.mu.Unlock()
	if reconciled {
		q.Cut(reconcile.Request{NamespacedName: f.work.Key})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	cutting := p.cuttingLocked(object)
	select {
	case <-cutting: // another of its requests has been cut off
	default:
		close(cutting)
	}
}

// Kill ends this incarnation as SIGKILL would, and returns when nothing of it is left.
// Every further request of it fails, and no answer reaches it. The error, once the
// context has ended, names the reconciles that don't return although theirs has.
func (p *Process) Kill(ctx context.Context) error {
	p.kill()
	p.stopDeliveries()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		<-p.ended
		p.reconciles.Wait()
		p.told.Wait()
	}()
	var err error
	select {
	case <-gone:
	case <-ctx.Done():
		err = &UnendedError{Incarnation: p.cfg.Incarnation, Blocked: p.Blocked()}
	}
	p.endBusy()
	p.cfg.Quiescence.Leave(stopping{p})
	p.closeHandlers()
	p.mu.Lock()
	queues := p.queues
	p.mu.Unlock()
	//determinism:ordered each is shut down on its own
	for _, q := range queues {
		q.ShutDown()
		p.cfg.Sequencer.leave(q)
	}
	return err
}

// UnendedError says that something of an incarnation goes on after its end.
type UnendedError struct {
	Incarnation int
	// Blocked are the functions in which its reconciles are, a line each.
	Blocked []string
}

// Error has a line for each of Blocked.
func (e *UnendedError) Error() string {
	return fmt.Sprintf("controller %d was killed, and its reconciles go on: they have to return when their context ends\n  %s",
		e.Incarnation, strings.Join(e.Blocked, "\n  "))
}

// Stop begins to end this incarnation as SIGTERM would: what is being reconciled comes
// to its end first. The world isn't settled until the incarnation has ended, or waits
// for a virtual time; Kill then clears up, and may come before.
func (p *Process) Stop() {
	p.eachHandler(func(v *Handler) { v.Hold() })
	p.cfg.Quiescence.Join(stopping{p})
	p.mu.Lock()
	queues := slices.Collect(maps.Values(p.queues))        //determinism:ordered each on its own
	reconciling := slices.Collect(maps.Values(p.inFlight)) //determinism:ordered each is awaited
	p.mu.Unlock()
	for _, q := range queues {
		q.CutAll() // as the manager does, on a goroutine of its own
	}
	p.stop()
	p.stopDeliveries()
	// The manager cancels the reconciles, on a goroutine of its own.
	for _, f := range reconciling {
		select {
		case <-f.ctx.Done():
		case <-p.ended:
		}
	}
	// Reads and requests that were called off wait no more, whatever they waited for.
	p.calledOff()
	p.mu.Lock()
	var off []virtualtime.Task
	//determinism:ordered each is resumed on its own
	for req, task := range p.asking {
		if req.Context().Err() != nil {
			off = append(off, task)
		}
	}
	p.mu.Unlock()
	for _, task := range off {
		task.Resume()
	}
}

// stopping is the Participant of a world that a process is while it stops.
type stopping struct{ *Process }

// Busy says that the process has not ended, unless all that it still works at is parked.
// Its queues tell nothing any more: they are shut down.
func (s stopping) Busy() []string {
	if s.HasEnded() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	parked, works := 0, 0
	//determinism:ordered each is counted on its own
	for object := range s.inFlight {
		switch {
		case s.isCutOffLocked(object): // it holds no worker, and never goes on
		case s.cfg.Quiescence.Waits(s.taskName(object)):
			parked++
		default:
			works++
		}
	}
	if parked > 0 && works == 0 {
		return nil
	}
	return []string{fmt.Sprintf("controller %d: stopping", s.cfg.Incarnation)}
}

// HasEnded says whether the manager has returned.
func (p *Process) HasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Ended returns why the manager ended by itself, nil if it has not.
func (p *Process) Ended() error {
	if p.HasEnded() {
		return p.err
	}
	return nil
}
