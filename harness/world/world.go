// Package world puts an operator into a world with a real API server and virtual
// time: it starts and kills its controllers, moves time when nothing is left to
// do, and has the invariants checked after every step. It knows no particular
// operator: Operator says what runs, and Hooks what is expected of it.
package world

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/virtualtime"
)

// Start is the start of virtual time in every world. It has a fraction, so that a time
// that is cut to seconds somewhere becomes visible.
var Start = time.Date(2026, time.January, 1, 0, 0, 0, 123456000, time.UTC)

// Options are the options of a world.
type Options struct {
	// REST is the configuration for the API server.
	REST *rest.Config
	// Controller is the controller's configuration for the API server, by default REST.
	Controller *rest.Config
	// Name is what the world's namespace is called, with a number; world if empty. Two
	// processes on one control plane need names of their own.
	Name string
	// ControlPlane, if set, can be killed and started again. The world waits until no
	// other of this process is on it then, and others wait for its end.
	ControlPlane ControlPlane
	// Seed feeds the random choices of the external systems.
	Seed uint64
	// Order, if not zero, draws which of several controllers' requests for an
	// object goes first, each time; else the controller does that started first.
	// Sequential draws from it all that could be first, or else from the Seed.
	Order uint64
	// Schedule is the operator's own if empty.
	Schedule Schedule
	// Workers is how many objects the controller reconciles at a time.
	Workers int
	// Log, if set, returns the logger for the controller; elapsed returns the virtual
	// time that has passed.
	Log func(elapsed func() time.Duration) logr.Logger
	// Stored has the events of the trace keep what each request has stored.
	Stored bool
	// Settle bounds one wait for the world to settle: it is called for each,
	// and is where the wall clock comes in.
	Settle func(context.Context) (context.Context, context.CancelFunc)
	// Reconciler, if set, goes around each reconciler of the operator, or takes its
	// place: how the testbed itself is tested.
	Reconciler func(reconcile.Reconciler) reconcile.Reconciler
}

// World is one world. Its methods are called one at a time.
type World struct {
	options  Options
	operator Operator
	hooks    Hooks
	scope    scope
	client   client.WithWatch
	leave    func()          // the world's turn on its control plane ends
	decoder  runtime.Decoder // of answers, if what they have stored is kept

	clock       *virtualtime.Clock
	quiescence  *virtualtime.Quiescence
	syncTracker *process.SyncTracker
	timestamps  *process.Timestamps
	generated   *process.GeneratedNames
	operations  *process.Operations
	trace       *trace.Trace
	systems     []System
	histories   []*history // by kind, in the operator's order
	record      Record
	reactions   []*reaction
	collector   *collector // nil if the operator wants none

	manual        *manualRequests
	requestFaults *process.RequestFaults
	sequencer     *process.Sequencer

	// controllers are those that live, by the number of their start.
	controllers map[int]*process.Process
	down        map[string]bool // programs of the control plane
	starts      int
	unnamed     int                 // what people have created with a generateName
	returns     returns             // how the last reconcile ended
	together    atomic.Bool         // two have lived at the same time
	unended     error               // of a controller that was killed and goes on
	crash       *process.CrashPoint // at which the run ends, if it is to
	armed       armed
	evidence    evidence
}

// worlds numbers the worlds of this process: namespaces never go away under
// envtest, so no name is used twice.
var worlds atomic.Int64

// New makes a world: empty, at its first instant, with no controller. It waits for
// other worlds of this process on the same control plane, until they are closed, where
// one of both can kill that, or both are over cluster-scoped kinds.
func New(ctx context.Context, o Options, op Operator, h Hooks) (*World, error) {
	server, err := discovered(o.REST)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	if op.Mapper != nil {
		// People may write what the operator knows nothing of.
		server = meta.FirstHitRESTMapper{MultiRESTMapper: meta.MultiRESTMapper{op.Mapper, server}}
	}
	op.Mapper = server
	quiescence, clk := virtualtime.NewQuiescence(), virtualtime.NewClock(Start)
	syncTracker := process.NewSyncTracker(quiescence)
	timestamps := process.NewTimestamps(clk)
	// What people write has to be heard of, as what controllers write has; and their
	// time is the world's.
	people := rest.CopyConfig(o.REST)
	people.Wrap(func(base http.RoundTripper) http.RoundTripper {
		return syncTracker.Noting(timestamps.Translating(base), op.Mapper)
	})
	c, err := client.NewWithWatch(people, client.Options{Scheme: op.Scheme, Mapper: op.Mapper})
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	o.Schedule = cmp.Or(o.Schedule, op.Schedule, Parallel)
	w := &World{
		options:     o,
		operator:    op,
		hooks:       h,
		scope:       scope{namespace: fmt.Sprintf("%s-%d", cmp.Or(o.Name, "world"), worlds.Add(1)), before: map[types.UID]struct{}{}},
		client:      c,
		clock:       clk,
		quiescence:  quiescence,
		syncTracker: syncTracker,
		timestamps:  timestamps,
		generated:   process.NewGeneratedNames(),
		operations:  process.NewOperations(),
		trace:       &trace.Trace{},
		record: Record{
			Waits: map[string][]invariant.Wait{}, CutOff: map[string][]invariant.Span{}, UnderWay: map[string][]invariant.Span{},
		},

		manual:        newManualRequests(),
		requestFaults: process.NewRequestFaults(clk),
		sequencer:     o.Schedule.sequencer(o),
		controllers:   map[int]*process.Process{},
		down:          map[string]bool{},
	}
	if o.Stored {
		w.decoder = serializer.NewCodecFactory(op.Scheme).UniversalDeserializer()
	}
	if w.sequencer.Draws() {
		clk.DrawTimers(w.sequencer.DrawTimer)
	}
	if err := w.begin(ctx); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	if h.Begin != nil {
		h.Begin(w)
	}
	return w, nil
}

// begin has the world begin, once it may.
func (w *World) begin(ctx context.Context) (err error) {
	if w.scope.cluster, err = w.isOverClusterScoped(); err != nil {
		return err
	}
	with := shared
	switch {
	case w.options.ControlPlane != nil:
		with = alone
	case w.scope.cluster:
		with = byTurns
	}
	if w.leave, err = turnsOn(w.options.REST.Host).enter(ctx, with); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			w.closeHistories()
			w.leave()
		}
	}()
	if w.scope.cluster {
		w.syncTracker.Only = w.scope.has
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.scope.namespace}}
	if err := w.client.Create(ctx, namespace); err != nil {
		return err
	}
	w.timestamps.Began(namespace.ResourceVersion)
	from, err := w.noteBefore(ctx)
	if err != nil {
		return err
	}
	for _, kind := range w.operator.Kinds {
		h, err := w.openHistory(ctx, kind, from[kind])
		if err != nil {
			return err
		}
		w.histories = append(w.histories, h)
	}
	for _, r := range w.operator.Reactions {
		if err := w.addReaction(r); err != nil {
			return err
		}
	}
	if w.operator.CollectGarbage {
		w.collector, err = w.newCollector()
	}
	return err
}

// Namespace returns the world's own namespace.
func (w *World) Namespace() string { return w.scope.namespace }

// Clock returns the world's clock.
func (w *World) Clock() *virtualtime.Clock { return w.clock }

// Quiescence is what runs in the world.
func (w *World) Quiescence() *virtualtime.Quiescence { return w.quiescence }

// Client reaches the API server as nobody in the world.
func (w *World) Client() client.Client { return w.client }

// Schedule is what the world goes by.
func (w *World) Schedule() Schedule { return w.options.Schedule }

// Requests returns how many numbered requests were made for an object so far.
func (w *World) Requests(object string) int { return w.operations.Count(object) }

// RequestCounts is how many requests each object has made.
func (w *World) RequestCounts() map[string]int { return w.operations.Counts() }

// Made says how many requests were made for an object so far, as Operations.Made does.
func (w *World) Made(object string) string { return w.operations.Made(object) }

// Now returns the virtual time since the world began.
func (w *World) Now() time.Duration { return w.clock.Now().Sub(Start) }

// Starts returns how many controllers were started.
func (w *World) Starts() int { return w.starts }

// ShortOfWorkers says whether some object has had to wait for a worker: with more
// of them, something else may happen.
func (w *World) ShortOfWorkers() bool { return w.sequencer.ShortOfWorkers() }

// Trace returns what happened since the last call, in canonical order.
func (w *World) Trace() []trace.Event {
	w.Tell()
	return w.trace.Take()
}

// Format writes events in the words of the world's Narrator.
func (w *World) Format(events []trace.Event) string { return trace.Format(events, w.hooks.Narrator) }

// StartController starts a controller from nothing, whether or not another
// lives. While two do, what they do to one object is ordered by a sequencer. One that
// starts while the control plane is down waits for that.
func (w *World) StartController(ctx context.Context) error {
	w.replaced()
	return w.start(ctx, process.Config{})
}

// StartStale starts a controller that lists from an API server that lags behind:
// it sees the world as it was at a virtual time since its beginning, with all
// that was done at that time, and its watch is down until SetWatch. The error
// says that there was nothing to be seen.
func (w *World) StartStale(ctx context.Context, at time.Duration) error {
	if at > w.Now() {
		return fmt.Errorf("it is only %v: a controller can see the world as it was, or as it is", w.Now())
	}
	if err := w.errDown(); err != nil {
		return err
	}
	past, first, err := w.versionAt(Start.Add(at))
	switch {
	case err != nil:
		return err
	case first.IsZero():
		return fmt.Errorf("there was never anything that a controller could see")
	case past == "":
		return fmt.Errorf("at %v there was nothing yet that a controller could see; the first was at %v", at, first.Sub(Start))
	}
	w.record.wentStale(w.clock.Now())
	w.replaced()
	return w.start(ctx, process.Config{Past: past}, trace.String(trace.CacheTime, at.String()))
}

// KillStarting starts a controller and kills it when its caches are filled and
// it has done nothing yet.
func (w *World) KillStarting(ctx context.Context) error {
	if err := w.start(ctx, process.Config{StopAfterSync: true}); err != nil {
		return err
	}
	if err := w.Settle(ctx); err != nil {
		return err
	}
	n := w.starts
	w.did(trace.Kill, controllerActor(n), trace.String(trace.During, "start"))
	w.stopController(n)
	return nil
}

// start starts a controller; the config says what is peculiar about it, and how
// says it for the trace.
func (w *World) start(ctx context.Context, cfg process.Config, how ...trace.Field) error {
	if cfg.Isolated = len(w.down) > 0; cfg.Isolated {
		how = append(how, trace.Bool(trace.WaitsForAPI, true))
	} else if err := w.primeWatchCaches(ctx, w.isUnwatched); err != nil {
		return err
	}
	w.starts++
	w.did(trace.Start, controllerActor(w.starts), how...)
	log := logr.Discard()
	if w.options.Log != nil {
		log = w.options.Log(w.Now)
	}
	user := w.options.Controller
	if user == nil {
		user = w.options.REST
	}
	if len(w.controllers) > 0 {
		w.sequencer.Close()
		w.together.Store(true)
	}
	cfg.Incarnation = w.starts
	cfg.REST, cfg.Scheme, cfg.Mapper, cfg.Namespace = user, w.operator.Scheme, w.operator.Mapper, w.scope.namespace
	cfg.ClusterScoped = w.scope.cluster
	for _, kind := range w.operator.Kinds {
		cfg.Watched = append(cfg.Watched, kind.GroupKind())
	}
	cfg.Workers, cfg.Log = w.options.Workers, log
	cfg.Clock, cfg.Quiescence, cfg.SyncTracker, cfg.Operations = w.clock, w.quiescence, w.syncTracker, w.operations
	cfg.RequestFaults, cfg.Sequencer = w.requestFaults, w.sequencer
	cfg.Timestamps, cfg.GeneratedNames = w.timestamps, w.generated
	cfg.Observe, cfg.Panicked, cfg.Options, cfg.Reconciler = w.observe, w.panicked, w.operator.Options, w.options.Reconciler
	incarnation := w.starts
	cfg.Returned = func(r process.Reconcile, err error) {
		returned := Returned{Reconcile: r, Incarnation: incarnation, At: w.clock.Now(), Err: err}
		w.returns.note(returned)
		if w.hooks.Returned != nil {
			w.hooks.Returned(returned)
		}
	}
	cfg.Setup = func(mgr manager.Manager, e process.Env) error { return w.operator.Setup(mgr, w.env(e)) }
	i, err := process.Start(cfg)
	if err != nil {
		w.openAlone()
		return err
	}
	w.record.began(ControllerName(w.starts), w.clock.Now())
	w.controllers[w.starts] = i
	// Or else whether its first list has what is created next would be chance.
	return w.quiet(ctx)
}

// End says that nothing more is to happen: what is down of the control plane is
// started, once no controller lives.
func (w *World) End(ctx context.Context) error {
	if len(w.down) == 0 {
		return nil
	}
	return w.abandon(ctx)
}

// Close ends the world: its controllers are killed, what is down of the control
// plane is started, and its objects are deleted.
func (w *World) Close(ctx context.Context) error {
	defer w.leave()
	err := w.abandon(ctx)
	w.manual.close()
	limited, cancel := w.options.Settle(ctx)
	err = cmp.Or(err, w.requestFaults.Close(limited))
	cancel()
	w.closeHistories()
	for _, s := range w.systems {
		s.Close()
	}
	if err != nil {
		return fmt.Errorf("end of the world: %w", err)
	}
	if err := w.clear(ctx); err != nil {
		return fmt.Errorf("end of the world: %w", err)
	}
	return nil
}

func (w *World) closeHistories() {
	for _, h := range w.histories {
		h.close()
	}
}
