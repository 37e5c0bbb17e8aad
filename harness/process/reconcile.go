package process

import "context"

// Reconcile is one call of one of a process's reconcilers.
type Reconcile struct {
	// Object is the name of the work that it is part of, as short as is
	// unambiguous.
	Object string
	// Number is its place among the process's for that work, from 1.
	Number int
	// Work is that work.
	Work Work
}

// reconcileKey is the key of the reconcile that a context belongs to.
type reconcileKey struct{}

// counted returns a context of the process's next reconcile of work of that name.
func (p *Process) counted(ctx context.Context, object string, w Work) context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[object]++
	return context.WithValue(ctx, reconcileKey{}, Reconcile{object, p.counts[object], w})
}

// inTask returns a context of a task.
func inTask(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, reconcileKey{}, Reconcile{Object: name, Work: Work{Controller: name}})
}

// workIn is the name of the work that a context belongs to: that of its reconcile,
// of its task, or of all that belongs to none.
func workIn(ctx context.Context) string {
	if r := reconcileIn(ctx); r.Object != "" {
		return r.Object
	}
	return mainTask
}

// workOf is that work itself.
func workOf(ctx context.Context) Work {
	if r := reconcileIn(ctx); r.Object != "" {
		return r.Work
	}
	return Work{Controller: mainTask}
}

// reconcileIn is the reconcile that a context belongs to, the zero one where
// it belongs to none.
func reconcileIn(ctx context.Context) Reconcile {
	r, _ := ctx.Value(reconcileKey{}).(Reconcile)
	return r
}

// operationKey is the key of the operation that a request is.
type operationKey struct{}

func (op Operation) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, operationKey{}, op)
}

// OperationIn is the operation that a request's context belongs to, as a base
// transport of Env.Outbound sees it; it is false where it is none.
func OperationIn(ctx context.Context) (Operation, bool) {
	op, ok := ctx.Value(operationKey{}).(Operation)
	return op, ok
}
