package second

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
)

// TestAReconcileThatIgnoresItsContext has one outlive its controller: the world says so,
// and where, instead of waiting for it.
func TestAReconcileThatIgnoresItsContext(t *testing.T) {
	over, returned := make(chan struct{}), make(chan struct{})
	o := shape(func(mgr manager.Manager) error {
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
				defer close(returned)
				clings(over)
				return reconcile.Result{}, nil
			}))
	})
	s := beginWith(t, o, world.Options{Settle: world.SettleWithin(2 * time.Second)})
	s.create("web")
	if err := s.world.RunUntil(t.Context(), time.Minute); err == nil || !strings.Contains(err.Error(), "second.clings (unended_test.go:") {
		t.Errorf("the run says %v", err)
	}
	err := s.world.Close(t.Context())
	var unended *process.UnendedError
	if !errors.As(err, &unended) || !strings.Contains(err.Error(), "controller 1/web: in ") || !strings.Contains(err.Error(), "second.clings (unended_test.go:") {
		t.Errorf("the end says %v", err)
	}
	close(over)
	<-returned
}

//go:noinline
func clings(over chan struct{}) { <-over }
