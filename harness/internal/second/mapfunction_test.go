package second

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/world"
)

// TestAMapFunctionThatReads has a map function and a setup ask the API server itself, in
// both schedules.
func TestAMapFunctionThatReads(t *testing.T) {
	for _, schedule := range []world.Schedule{world.Parallel, world.Sequential} {
		t.Run(string(schedule), func(t *testing.T) {
			mapped := 0
			o := shape(func(mgr manager.Manager) error {
				live := mgr.GetAPIReader()
				if err := live.List(t.Context(), &corev1.ConfigMapList{}); err != nil {
					return err
				}
				return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
					Watches(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, o client.Object) (all []reconcile.Request) {
						sites := &corev1.ConfigMapList{}
						if err := live.List(ctx, sites, client.InNamespace(o.GetNamespace())); err != nil {
							t.Error(err)
						}
						for _, site := range sites.Items {
							mapped++
							all = append(all, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: site.Namespace, Name: site.Name}})
						}
						return all
					})).
					Complete(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
						return reconcile.Result{}, nil
					}))
			})
			o.Schedule = schedule
			s := begin(t, o)
			defer s.end()
			s.create("web")
			s.must(s.world.Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "key"}}))
			s.run(10 * time.Second)
			if mapped != 1 {
				t.Errorf("%d sites were found", mapped)
			}
		})
	}
}
