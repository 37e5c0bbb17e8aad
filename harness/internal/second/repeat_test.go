package second

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// serving is an operator that makes Services of a site, in the order of names, and writes
// into each when it did.
func serving(names func() []string, now func(world.Env) time.Time) world.Operator {
	o := shape(nil)
	o.Setup = func(mgr manager.Manager, env world.Env) error {
		c := mgr.GetClient()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				if err := c.Get(ctx, r.NamespacedName, &corev1.ConfigMap{}); err != nil {
					return reconcile.Result{}, client.IgnoreNotFound(err)
				}
				for _, name := range names() {
					s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name + "-" + name}}
					s.Annotations = map[string]string{"made": now(env).Format(time.RFC3339Nano)}
					s.Spec.Type, s.Spec.Ports = corev1.ServiceTypeNodePort, []corev1.ServicePort{{Port: 80}}
					if err := c.Create(ctx, s); client.IgnoreAlreadyExists(err) != nil {
						return reconcile.Result{}, err
					}
				}
				return reconcile.Result{}, nil
			}))
	}
	return o
}

// TestWhatIsNotTheSameEachTime has an operator go by the time of day, and by the order of
// a map, and finds out where: whose request, which, and which field. One that does
// neither is the same each time, whatever addresses and ports the API server draws.
func TestWhatIsNotTheSameEachTime(t *testing.T) {
	inOrder := func() []string { return []string{"a", "b"} }
	// A new map each time, and a large one: its order is that of hashes, and not one of eight.
	asTheyCome := func() []string {
		names := map[string]bool{}
		for n := range 100 {
			names[fmt.Sprint(n)] = false
		}
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			names[name] = true
		}
		return slices.DeleteFunc(slices.Collect(maps.Keys(names)), func(name string) bool { return !names[name] })
	}
	virtual := func(e world.Env) time.Time { return e.Clock.Now() }
	ofDay := func(world.Env) time.Time { return time.Now() }
	for what, c := range map[string]struct {
		operator world.Operator
		want     []string // what is told of it
	}{
		"nothing":            {serving(inOrder, virtual), nil},
		"the time of day":    {serving(inOrder, ofDay), []string{"controller 1: web#1 create Service web-a: metadata.annotations.made is first "}},
		"the order of a map": {serving(asTheyCome, virtual), []string{"first comes controller 1: web#", " create Service web-", ", and then controller 1: web#"}},
	} {
		t.Run(what, func(t *testing.T) {
			r := testbed.Explore(t, scenario.ForOperator(c.operator, world.Hooks{}), "testdata/a-site-is-made-and-removed.txt", explore.Options{Runs: 1, Repeat: 1, Seed: 1, NoShrink: true})
			if r.Repeated != 1 || len(r.Errors) > 0 != (c.want != nil) {
				t.Fatalf("%d runs were played twice: %q, %v, %+v", r.Repeated, r.Errors, r.Inapplicable, r.Violations)
			}
			for _, want := range c.want {
				if !strings.Contains(r.Errors[0], want) {
					t.Errorf("%q has no %q", r.Errors[0], want)
				}
			}
		})
	}
}
