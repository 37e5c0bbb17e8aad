package process

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func TestReconcilesAreCountedPerObject(t *testing.T) {
	p := &Process{counts: map[string]int{}}
	for n, object := range []string{"press-01", "press-01", "press-02", "press-01"} {
		w := Work{Controller: "devices", Key: types.NamespacedName{Namespace: "plant", Name: object}}
		ctx := p.counted(t.Context(), object, w)
		if r, want := reconcileIn(ctx), (Reconcile{object, []int{1, 2, 1, 3}[n], w}); r != want || workIn(ctx) != object || workOf(ctx) != w {
			t.Errorf("%v, want %v", r, want)
		}
	}
	if r := reconcileIn(t.Context()); r != (Reconcile{}) {
		t.Errorf("a context of no reconcile is of %v", r)
	}
}

func TestWhatBelongsToNoReconcileIsATasks(t *testing.T) {
	for _, ctx := range []context.Context{t.Context(), inTask(t.Context(), "@runnable-1")} {
		if name, w := workIn(ctx), workOf(ctx); !w.isTask() || w.Controller != name || w.Key.Name != "" {
			t.Errorf("%q: %+v", name, w)
		}
	}
}

func TestOperationIn(t *testing.T) {
	op := Operation{"press-01", 7}
	ctx, cancel := context.WithCancel(op.in(t.Context()))
	defer cancel()
	if in, ok := OperationIn(ctx); !ok || in != op {
		t.Errorf("%v, %t", in, ok)
	}
	if in, ok := OperationIn(t.Context()); ok {
		t.Errorf("a context of no operation is of %v", in)
	}
}
