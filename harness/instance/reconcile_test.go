package instance

import (
	"context"
	"testing"
)

func TestReconcilesAreCountedPerObject(t *testing.T) {
	i := &Instance{counts: map[string]int{}}
	for n, object := range []string{"press-01", "press-01", "press-02", "press-01"} {
		want := Reconcile{object, []int{1, 2, 1, 3}[n]}
		if r := reconcileIn(i.counted(t.Context(), object)); r != want {
			t.Errorf("%v, want %v", r, want)
		}
	}
	if r := reconcileIn(t.Context()); r != (Reconcile{}) {
		t.Errorf("a context of no reconcile is of %v", r)
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
