package edge

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	runtimecontroller "sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/controller"
	"example.com/edge-device-operator/operator/device"
	"example.com/edge-device-operator/operator/rollout"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// Options are the options of a world.
type Options struct {
	world.Options
	// Timing holds the operator's poll interval and deadlines.
	Timing rollout.Timing
}

// World is a world with the edge-device-operator and a fleet of devices. Its methods
// are called one at a time.
type World struct {
	*world.World
	options Options

	fleet    *fleet
	statuses *statuses
	record   *record
	checked  checked
	events   map[types.UID][]invariant.Event // known at the end
	foreign  map[string]bool                 // resourceVersions at which people wrote a status
	// requestsBefore is the number of the object's last operation before such a write.
	requestsBefore map[string]int
}

// scheme has the types of all objects in a world.
var scheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1.AddToScheme, corev1.AddToScheme, eventsv1.AddToScheme} {
		if err := add(s); err != nil {
			panic(err) // a type is registered twice, which is a mistake in the code
		}
	}
	return s
}()

// kind is DeviceDeployment.
var kind = v1.GroupVersion.WithKind("DeviceDeployment")

// mapper maps the kinds in a world, so that clients need no discovery requests.
var mapper = func() meta.RESTMapper {
	m := meta.NewDefaultRESTMapper(nil)
	m.Add(kind, meta.RESTScopeNamespace)
	m.Add(corev1.SchemeGroupVersion.WithKind("Namespace"), meta.RESTScopeRoot)
	m.Add(eventsv1.SchemeGroupVersion.WithKind("Event"), meta.RESTScopeNamespace)
	return m
}()

// New creates a world at its first instant, with no device and no controller.
func New(ctx context.Context, o Options) (*World, error) {
	w := &World{
		options:        o,
		statuses:       &statuses{last: map[string]v1.DeviceDeploymentStatus{}},
		record:         newRecord(),
		checked:        checked{seen: map[types.UID]int{}},
		foreign:        map[string]bool{},
		requestsBefore: map[string]int{},
	}
	operator := world.Operator{
		Scheme: scheme, Mapper: mapper, Options: managerOptions, Setup: w.setup,
		Kinds: []schema.GroupVersionKind{kind},
	}
	general, err := world.New(ctx, o.Options, operator, world.Hooks{Describer: w, Narrator: Narrate, Checker: w, Goal: w, Ending: ending, Returned: w.returned})
	if err != nil {
		return nil, err
	}
	w.World = general
	w.fleet = newFleet(general.Quiescence())
	general.AddSystem(w.fleet)
	return w, nil
}

// managerOptions sets those options of the operator's main that matter here.
func managerOptions(o *manager.Options) {
	consistent := true
	o.Client.Cache = &client.CacheOptions{EnableReadYourWritesConsistency: &consistent}
}

// setup builds the operator as its main does, except for clock and transport.
func (w *World) setup(mgr manager.Manager, env world.Env) error {
	name := agentName(env.Incarnation)
	r := &controller.Reconciler{
		Client:   mgr.GetClient(),
		Live:     mgr.GetAPIReader(),
		Clock:    env.Clock,
		Instance: name,
		Timing:   w.options.Timing,
		Devices: &device.Client{
			Transport: env.HTTP,
			Clock:     env.Clock, Timeout: CallTimeout, URL: deviceURL,
			UserAgent: name,
		},
	}
	return controller.Setup(mgr, r, runtimecontroller.Options{})
}

// agentName is what an incarnation is called in its Events and by its devices.
func agentName(incarnation int) string { return fmt.Sprintf("edge-device-operator/%d", incarnation) }

// Around returns an Options.Reconciler that builds a reconciler from the operator's
// own.
func Around(build func(*controller.Reconciler) reconcile.Reconciler) func(reconcile.Reconciler) reconcile.Reconciler {
	return func(r reconcile.Reconciler) reconcile.Reconciler { return build(r.(*controller.Reconciler)) }
}
