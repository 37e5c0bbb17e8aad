package process

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// runtimeVersion is the controller-runtime whose controllers controllerIn knows.
const runtimeVersion = "v0.25.2"

// TestTheFieldsOfAController holds what is set by reflection to the version of
// controller-runtime that it was written for.
func TestTheFieldsOfAController(t *testing.T) {
	module, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(module), "sigs.k8s.io/controller-runtime "+runtimeVersion+"\n") {
		t.Errorf("the fields were last looked at in controller-runtime %s, and go.mod has another: look again what Start does with them", runtimeVersion)
	}
	called := false
	do := reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
		called = true
		return reconcile.Result{}, nil
	})
	c, err := controller.NewUnmanaged("stones", controller.Options{
		Reconciler: do, MaxConcurrentReconciles: 3, ReconciliationTimeout: time.Minute, SkipNameValidation: new(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	f, is, err := controllerIn(c)
	if !is || err != nil {
		t.Fatalf("%t, %v", is, err)
	}
	if *f.name != "stones" || *f.workers != 3 || *f.timeout != time.Minute || *f.cacheSyncTimeout == 0 || *f.limiter == nil || *f.newQueue == nil {
		t.Errorf("its fields are %+v", f)
	}
	*f.do = reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) { return do(ctx, r) })
	if _, err := c.Reconcile(t.Context(), reconcile.Request{}); err != nil || !called {
		t.Errorf("what was put into its Do is not what reconciles: %v", err)
	}
}

func TestWhatIsNoController(t *testing.T) {
	if _, is, err := controllerIn(manager.RunnableFunc(func(context.Context) error { return nil })); is || err != nil {
		t.Errorf("a runnable is taken for a controller: %v", err)
	}
	typed, err := controller.NewTypedUnmanaged("numbers", controller.TypedOptions[int]{
		Reconciler:         reconcile.TypedFunc[int](func(context.Context, int) (reconcile.Result, error) { return reconcile.Result{}, nil }),
		SkipNameValidation: new(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, is, err := controllerIn(typed); !is || err == nil || !strings.Contains(err.Error(), "reconcile.Request") {
		t.Errorf("a controller of other requests: %t, %v", is, err)
	}
}
