package second

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/world"
)

// TestTwoInformersOfOneResource starts a controller that sees the past in two
// caches of one resource: of the objects, and of their metadata alone.
func TestTwoInformersOfOneResource(t *testing.T) {
	reconciles := 0
	s := begin(t, shape(func(mgr manager.Manager) error {
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			WatchesMetadata(&corev1.ConfigMap{}, &handler.EnqueueRequestForObject{}).
			Complete(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
				reconciles++
				return reconcile.Result{}, nil
			}))
	}))
	defer s.end()
	s.create("web")
	s.run(30 * time.Second)
	s.must(s.world.KillController(0))
	s.create("shop")
	reconciles = 0
	s.must(s.world.StartStale(t.Context(), 20*time.Second))
	s.run(10 * time.Second)
	if reconciles != 1 {
		t.Errorf("a controller that sees web alone has reconciled %d times", reconciles)
	}
	s.must(s.world.SetWatch(0, world.WatchUp))
	s.run(10 * time.Second)
	if reconciles < 2 {
		t.Error("shop was never reconciled")
	}
}

// TestAnInformerThatOpensWhileTheWatchIsDown has a reconcile be the first to read a
// kind while the watch is down: lists are answered, so it finds what there is.
func TestAnInformerThatOpensWhileTheWatchIsDown(t *testing.T) {
	var found []error
	s := begin(t, shape(func(mgr manager.Manager) error {
		c := mgr.GetClient()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				if r.Name == "web" && len(found) < 3 {
					if len(found) > 0 {
						err := c.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: "key"}, &corev1.Secret{})
						found = append(found, err)
					} else {
						found = append(found, nil)
					}
					return reconcile.Result{RequeueAfter: 10 * time.Second}, nil
				}
				return reconcile.Result{}, nil
			}))
	}))
	defer s.end()
	s.must(s.world.Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "key"}}))
	s.create("web")
	s.run(5 * time.Second)
	s.must(s.world.SetWatch(0, world.WatchHeld))
	s.run(10 * time.Second)
	s.must(s.world.SetWatch(0, world.WatchUp))
	s.run(20 * time.Second)
	if len(found) != 3 || found[1] != nil || found[2] != nil {
		t.Errorf("the reads were answered with %v", found)
	}
}
