// Package world puts the operator and a fleet of devices into one world with a
// real API server and virtual time: it starts and kills the controller, moves
// time when nothing is left to do, and checks the invariants after every step.
package world

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	runtimecontroller "sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/instance"
	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/virtualtime"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/controller"
	"example.com/edge-device-operator/operator/device"
	"example.com/edge-device-operator/operator/rollout"
)

// Start is when virtual time begins in every world. The fraction is there so
// that a time that was cut to seconds on its way would show.
var Start = time.Date(2026, time.January, 1, 0, 0, 0, 123456000, time.UTC)

// Options says what a world is made with.
type Options struct {
	// REST reaches the API server.
	REST *rest.Config
	// Controller reaches the API server as the controller does; REST if nil.
	Controller *rest.Config
	// ControlPlane, if set, can be killed and started again.
	ControlPlane ControlPlane
	// Seed feeds the devices' random choices.
	Seed uint64
	// Order, if not zero, draws which of several controllers' requests for an
	// object goes first, each time; else the controller does that started first.
	Order uint64
	// Workers is how many objects the controller reconciles at a time.
	Workers int
	// Log, if set, makes the logger that gets the controller's log; elapsed
	// is the virtual time that has passed.
	Log func(elapsed func() time.Duration) logr.Logger
	// Settle bounds one wait for the world to settle: it is called for each,
	// and is where the wall clock comes in.
	Settle func(context.Context) (context.Context, context.CancelFunc)
	// Timing holds the operator's poll interval and deadlines.
	Timing rollout.Timing
	// Reconciler, if set, replaces the operator's reconciler with another
	// that is built from it: how the testbed itself is tested.
	Reconciler func(*controller.Reconciler) reconcile.Reconciler
}

// World is one world. Its methods are called one at a time.
type World struct {
	options   Options
	namespace string
	client    client.WithWatch

	clock      *virtualtime.Clock
	activity   *virtualtime.Activity
	freshness  *instance.Freshness
	operations *instance.Operations
	trace      *trace.Trace
	statuses   *statuses
	fleet      *fleet
	history    *history
	record     *record
	checked    checked
	events     map[types.UID][]invariant.Event // known at the end
	foreign    map[string]bool                 // resourceVersions at which people wrote a status
	left       map[string]int                  // how many operations of the object had left by then

	hands        *hands
	disturbances *instance.Disturbances
	gate         *instance.Gate

	// controllers are those that live, by the number of their start.
	controllers map[int]*instance.Instance
	down        map[string]bool // programs of the control plane
	starts      int
	together    atomic.Bool // two have lived at the same time
}

// scheme knows what is in a world.
var scheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1.AddToScheme, corev1.AddToScheme, eventsv1.AddToScheme} {
		if err := add(s); err != nil {
			panic(err) // a type registered twice: nothing that could be mended at run time
		}
	}
	return s
}()

// mapper knows the operator's resources, so that nobody has to discover them.
var mapper = func() meta.RESTMapper {
	m := meta.NewDefaultRESTMapper(nil)
	m.Add(v1.GroupVersion.WithKind("DeviceDeployment"), meta.RESTScopeNamespace)
	m.Add(corev1.SchemeGroupVersion.WithKind("Namespace"), meta.RESTScopeRoot)
	m.Add(eventsv1.SchemeGroupVersion.WithKind("Event"), meta.RESTScopeNamespace)
	return m
}()

// worlds numbers the worlds of this process: namespaces never go away under
// envtest, so no name is used twice.
var worlds atomic.Int64

// New makes a world: empty, at its first instant, with no controller.
func New(ctx context.Context, o Options) (*World, error) {
	c, err := client.NewWithWatch(o.REST, client.Options{Scheme: scheme, Mapper: mapper})
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	activity, clk := virtualtime.NewActivity(), virtualtime.NewClock(Start)
	w := &World{
		options:    o,
		namespace:  fmt.Sprintf("world-%d", worlds.Add(1)),
		client:     c,
		clock:      clk,
		activity:   activity,
		freshness:  instance.NewFreshness(activity),
		operations: instance.NewOperations(),
		trace:      &trace.Trace{},
		statuses:   &statuses{last: map[string]v1.DeviceDeploymentStatus{}},
		fleet:      newFleet(activity),
		record:     newRecord(),
		foreign:    map[string]bool{},
		left:       map[string]int{},

		hands:        newHands(),
		disturbances: instance.NewDisturbances(clk),
		gate:         instance.NewGate(o.Order),
		controllers:  map[int]*instance.Instance{},
		down:         map[string]bool{},
	}
	if err := c.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	if w.history, err = w.openHistory(ctx); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	return w, nil
}

// Now is the virtual time that has passed since the world began.
func (w *World) Now() time.Duration { return w.clock.Now().Sub(Start) }

// Starts is how many controllers were started.
func (w *World) Starts() int { return w.starts }

// ShortOfWorkers says whether some object has had to wait for a worker: with more
// of them, something else may happen.
func (w *World) ShortOfWorkers() bool { return w.gate.ShortOfWorkers() }

// Trace returns what happened since the last call, in canonical order.
func (w *World) Trace() []trace.Line {
	w.tellDeeds()
	return w.trace.Take()
}

// say records something that the world did.
func (w *World) say(format string, args ...any) {
	w.trace.Add(trace.Line{At: w.Now(), Text: fmt.Sprintf(format, args...)})
}

// AddDevice puts a device into the world.
func (w *World) AddDevice(name, running string, plan devicesim.Plan) error {
	return w.fleet.add(devicesim.Config{Name: name, Running: running, Seed: w.options.Seed, Plan: plan}, w.clock)
}

// StartController starts a controller from nothing, whether or not another
// lives. While two do, what they do to one object is ordered by a gate. One that
// starts while the control plane is down waits for that.
func (w *World) StartController(ctx context.Context) error {
	return w.start(ctx, instance.Config{}, "")
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
	past, first := w.history.versionAt(Start.Add(at))
	switch {
	case first.IsZero():
		return fmt.Errorf("nothing was ever deployed that a controller could see")
	case past == "":
		return fmt.Errorf("at %v nothing was deployed yet that a controller could see; the first was at %v", at, first.Sub(Start))
	}
	w.record.blinded(w.clock.Now())
	return w.start(ctx, instance.Config{Past: past}, fmt.Sprintf(", sees the world as it was at %v, and its watch is down", at))
}

// KillStarting starts a controller and kills it when its caches are filled and
// it has done nothing yet.
func (w *World) KillStarting(ctx context.Context) error {
	if err := w.start(ctx, instance.Config{Stillborn: true}, ""); err != nil {
		return err
	}
	if err := w.Settle(ctx); err != nil {
		return err
	}
	n := w.starts
	w.say("controller %d killed while it starts", n)
	w.stopController(n)
	return nil
}

// start starts a controller; the config says what is peculiar about it, and how
// says it for the trace.
func (w *World) start(ctx context.Context, cfg instance.Config, how string) error {
	if cfg.Isolated = len(w.down) > 0; cfg.Isolated {
		how += ", and waits for the API server"
	} else if err := w.nudge(ctx); err != nil {
		return err
	}
	w.starts++
	w.trace.Add(trace.Line{At: w.Now(), Early: true, Text: fmt.Sprintf("controller %d started%s", w.starts, how)})
	log := logr.Discard()
	if w.options.Log != nil {
		log = w.options.Log(w.Now)
	}
	user := w.options.Controller
	if user == nil {
		user = w.options.REST
	}
	if len(w.controllers) > 0 {
		w.gate.Close()
		w.together.Store(true)
	}
	w.record.began(lifeName(w.starts), w.clock.Now())
	cfg.Life = w.starts
	cfg.REST, cfg.Scheme, cfg.Mapper, cfg.Namespace = user, scheme, mapper, w.namespace
	cfg.Workers, cfg.Log = w.options.Workers, log
	cfg.Clock, cfg.Activity, cfg.Freshness, cfg.Operations = w.clock, w.activity, w.freshness, w.operations
	cfg.Disturbances, cfg.Gate = w.disturbances, w.gate
	cfg.Observe, cfg.Setup, cfg.Options = w.observe, w.setup, managerOptions
	i, err := instance.Start(cfg)
	if err != nil {
		return err
	}
	w.controllers[w.starts] = i
	// Or else whether its first list has what is created next would be chance.
	return w.quiet(ctx)
}

// managerOptions are those of the operator's main that matter here.
func managerOptions(o *manager.Options) {
	consistent := true
	o.Client.Cache = &client.CacheOptions{EnableReadYourWritesConsistency: &consistent}
}

// setup builds the operator as its main does, but for clock and transport.
func (w *World) setup(mgr manager.Manager, env instance.Env) error {
	name := fmt.Sprintf("edge-device-operator/%d", w.starts)
	r := &controller.Reconciler{
		Client:   mgr.GetClient(),
		Live:     mgr.GetAPIReader(),
		Clock:    w.clock,
		Instance: name,
		Timing:   w.options.Timing,
		Devices: &device.Client{
			Transport: env.Outbound(w.fleet.transport()),
			Clock:     w.clock, Timeout: CallTimeout, URL: deviceURL,
			UserAgent: name,
		},
	}
	var reconciler reconcile.Reconciler = r
	if w.options.Reconciler != nil {
		reconciler = w.options.Reconciler(r)
	}
	return controller.Setup(mgr, reconciler, runtimecontroller.Options{})
}

// Close ends the world: its controllers are killed, what is down of the control
// plane is started, and its objects are deleted.
func (w *World) Close(ctx context.Context) error {
	err := w.abandon(ctx)
	w.hands.close()
	w.history.close()
	w.fleet.close()
	if err != nil {
		return fmt.Errorf("end of the world: %w", err)
	}
	// Of what the API server's own cache holds, which the history has seen: to be
	// sure of the newest, it asks etcd, and waits for up to 100 ms where something
	// of another kind was written last.
	cached := &client.DeleteAllOfOptions{ListOptions: client.ListOptions{Namespace: w.namespace, Raw: &metav1.ListOptions{ResourceVersion: "0"}}}
	if err := w.client.DeleteAllOf(ctx, &v1.DeviceDeployment{}, cached); err != nil {
		return fmt.Errorf("end of the world: %w", err)
	}
	return nil
}
