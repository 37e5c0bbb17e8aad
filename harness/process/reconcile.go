package process

import "context"

// Reconcile is one call of a reconciler of a process.
type Reconcile struct {
	// Object is the shortest unambiguous name of its work.
	Object string
	// Number is its place among the process's reconciles of that work, from 1.
	Number int
	// Work is that work.
	Work Work
}

// reconcileKey is the key of the reconcile that a context belongs to.
type reconcileKey struct{}

// counted returns a context for the process's next reconcile of work with that name.
func (p *Process) counted(ctx context.Context, object string, w Work) context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[object]++
	return context.WithValue(ctx, reconcileKey{}, Reconcile{object, p.counts[object], w})
}

// inTask returns a context for a task.
func inTask(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, reconcileKey{}, Reconcile{Object: name, Work: Work{Controller: name}})
}

// workIn returns the name of the work that a context belongs to: of its reconcile, of
// its task, or of the main task.
func workIn(ctx context.Context) string {
	if r := reconcileIn(ctx); r.Object != "" {
		return r.Object
	}
	return mainTask
}

// workOf returns the work that a context belongs to.
func workOf(ctx context.Context) Work {
	if r := reconcileIn(ctx); r.Object != "" {
		return r.Work
	}
	return Work{Controller: mainTask}
}

// reconcileIn returns the reconcile that a context belongs to, zero if there is none.
func reconcileIn(ctx context.Context) Reconcile {
	r, _ := ctx.Value(reconcileKey{}).(Reconcile)
	return r
}

// operationKey is the key of the operation that a request is.
type operationKey struct{}

func (op Operation) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, operationKey{}, op)
}

// OperationIn returns the operation that a request's context belongs to, for a base
// transport of Env.Outbound. It returns false if there is none.
func OperationIn(ctx context.Context) (Operation, bool) {
	op, ok := ctx.Value(operationKey{}).(Operation)
	return op, ok
}
