package testbed_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// yours stands for your operator: it makes a Secret for each ConfigMap.
var yours = world.Operator{
	Scheme: scheme.Scheme,
	Kinds: []schema.GroupVersionKind{
		corev1.SchemeGroupVersion.WithKind("ConfigMap"),
		corev1.SchemeGroupVersion.WithKind("Secret"),
	},
	Setup: func(mgr manager.Manager, _ world.Env) error {
		c := mgr.GetClient()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				secret := &corev1.Secret{}
				secret.Namespace, secret.Name = r.Namespace, r.Name
				return reconcile.Result{}, client.IgnoreAlreadyExists(c.Create(ctx, secret))
			}))
	},
}

// t is that of the test.
var t *testing.T

// TestMain of an operator that has CustomResourceDefinitions passes them on.
func ExampleMain() {
	var m *testing.M
	var crds []*apiextensionsv1.CustomResourceDefinition // such as from the YAML in config/crd
	testbed.Main(m, crds...)
}

// A test plays the scenario files, and compares what happens with what they tell.
func ExamplePlay() {
	testbed.Play(t, scenario.ForOperator(yours, world.Hooks{}), "testdata/*.txt")
}

// An operator that reaches something outside of the cluster is described anew for each
// world, since what it has made there belongs to that world.
func ExamplePlay_external() {
	l := scenario.ForEachWorld(func() (world.Operator, world.Hooks) {
		machines := map[string]bool{}
		o := yours
		o.Setup = func(mgr manager.Manager, env world.Env) error {
			return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
				Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
					// It is numbered like a request, and can be refused or lose its answer.
					return reconcile.Result{}, env.Call(ctx, "cloud", "Create", r.Name, func(context.Context) error {
						machines[r.Name] = true
						return nil
					})
				}))
		}
		return o, world.Hooks{}
	})
	testbed.Play(t, l, "testdata/*.txt")
}

// A reaction stands in for a controller that the control plane lacks: here, a minute after
// a Secret was made, somebody fills it.
func ExamplePlay_reaction() {
	o := yours
	o.Reactions = []world.Reaction{{
		Name:  "filler",
		Kind:  corev1.SchemeGroupVersion.WithKind("Secret"),
		When:  func(o client.Object) bool { return len(o.(*corev1.Secret).Data) == 0 },
		After: time.Minute,
		React: func(ctx context.Context, c client.Client, o client.Object, _ time.Time) error {
			secret := o.(*corev1.Secret)
			secret.Data = map[string][]byte{"token": []byte("t")}
			return c.Update(ctx, secret)
		},
	}}
	testbed.Play(t, scenario.ForOperator(o, world.Hooks{}), "testdata/*.txt")
}

// A test fails with what any single fault breaks. Each violation comes with a scenario file
// that plays it.
func ExampleExplore() {
	r := testbed.Explore(t, scenario.ForOperator(yours, world.Hooks{}), "testdata/*.txt", explore.Options{Runs: 500})
	for _, v := range r.Violations {
		t.Errorf("%s: %s\n%s", v.Promise, v.Story, v.File)
	}
	for _, e := range r.Errors {
		t.Error(e)
	}
}
