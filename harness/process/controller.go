package process

import (
	"context"
	"fmt"
	"reflect"
	"runtime/pprof"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/virtualtime"
)

// controllerPackage is where controller-runtime's one type of controller is. It
// can't be imported, but its fields are exported, and builder and
// controller.New have filled them in by the time the manager gets it.
const controllerPackage = "sigs.k8s.io/controller-runtime/pkg/internal/controller"

// controllerFields point to the fields of one controller.
type controllerFields struct {
	name             *string
	do               *reconcile.Reconciler
	limiter          *workqueue.TypedRateLimiter[reconcile.Request]
	newQueue         *func(string, workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request]
	workers          *int
	cacheSyncTimeout *time.Duration
	timeout          *time.Duration
}

// controllerIn returns the fields of the controller that a runnable is; it is
// false where that is something else.
func controllerIn(r manager.Runnable) (f controllerFields, is bool, err error) {
	v := reflect.ValueOf(r)
	if v.Kind() != reflect.Pointer || v.Type().Elem().PkgPath() != controllerPackage {
		return f, false, nil
	}
	v = v.Elem()
	f.name, err = field[string](v, "Name", err)
	f.do, err = field[reconcile.Reconciler](v, "Do", err)
	f.limiter, err = field[workqueue.TypedRateLimiter[reconcile.Request]](v, "RateLimiter", err)
	f.newQueue, err = field[func(string, workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request]](v, "NewQueue", err)
	f.workers, err = field[int](v, "MaxConcurrentReconciles", err)
	f.cacheSyncTimeout, err = field[time.Duration](v, "CacheSyncTimeout", err)
	f.timeout, err = field[time.Duration](v, "ReconciliationTimeout", err)
	return f, true, err
}

// field returns where a field is. The error says that there is none of that type.
func field[T any](v reflect.Value, name string, before error) (*T, error) {
	if before != nil {
		return nil, before
	}
	f := v.FieldByName(name)
	if f.IsValid() && f.CanAddr() {
		if p, ok := f.Addr().Interface().(*T); ok {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%s has no field %s of type %v: the harness runs controllers of reconcile.Requests, as controller-runtime v0.25 has them", v.Type(), name, reflect.TypeFor[T]())
}

// interpose has a controller live in virtual time, before it is started: its
// queue, its timeouts, and where its reconciler runs.
func (i *Process) interpose(f controllerFields) {
	name := *f.name
	i.awaits(name)
	*f.do = i.wrap(name, *f.do, *f.timeout)
	*f.timeout = 0                       // of the wall clock
	*f.cacheSyncTimeout = 24 * time.Hour // too
	if i.cfg.Workers > 0 {
		*f.workers = i.cfg.Workers
	}
	workers := *f.workers
	*f.newQueue = func(_ string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
		return i.newQueue(name, limiter, workers)
	}
}

// newQueue makes a controller's queue.
func (i *Process) newQueue(controller string, limiter workqueue.TypedRateLimiter[reconcile.Request], workers int) *queue {
	show := func(r reconcile.Request) string { return i.names.show(work(controller, r)) }
	q := &queue{
		Queue: virtualtime.NewQueue(i.cfg.Clock, i.cfg.Quiescence, limiter, workers, func(r reconcile.Request) string { return i.taskName(show(r)) },
			func() { i.up(controller) }),
		incarnation: i.cfg.Incarnation, controller: controller, show: show,
	}
	if i.cfg.StopAfterSync {
		q.CutAll()
	}
	i.mu.Lock()
	i.queues[controller] = q
	i.mu.Unlock()
	i.cfg.Sequencer.join(q)
	return q
}

// wrap runs each reconcile in a goroutine of its own: one that is cut off at
// a crash point must hold no worker, and no code may run on after it that a
// dead process would not run.
func (i *Process) wrap(controller string, inner reconcile.Reconciler, timeout time.Duration) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
		type outcome struct {
			result   reconcile.Result
			err      error
			panicked any
		}
		done := make(chan outcome, 1)
		w := work(controller, req)
		object := i.names.show(w)
		task := i.task(object)
		ctx = i.counted(task.In(ctx), object, w)
		over := func() {}
		if timeout > 0 {
			ctx, over = i.cfg.Clock.WithTimeout(ctx, timeout)
		}
		i.begin(ctx, object, w)
		i.reconciles.Go(func() {
			pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels(workLabel, task.Name())))
			leave := i.cfg.Clock.Enter(i.dead, task)
			var o outcome
			defer func() {
				o.panicked = recover()
				over()
				leave()
				// Before the worker goes on: it may be the next reconcile of
				// this object that is parked then.
				task.Resume()
				i.end(object)
				done <- o
			}()
			o.result, o.err = inner.Reconcile(ctx, req)
		})
		select {
		case o := <-done:
			if o.panicked != nil {
				panic(o.panicked)
			}
			return o.result, o.err
		case <-i.cutting(object):
			return reconcile.Result{}, nil
		}
	})
}
