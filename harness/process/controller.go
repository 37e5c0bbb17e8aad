package process

import (
	"context"
	"fmt"
	"reflect"
	"runtime/pprof"
	"strings"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
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
	sources          reflect.Value // which it is to start with
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
	if f.sources = v.FieldByName("startWatches"); err == nil && f.sources.Kind() != reflect.Slice {
		err = fmt.Errorf("%s has no slice startWatches: the harness runs controllers as controller-runtime v0.25 has them", v.Type())
	}
	return f, true, err
}

// hasChannels says whether a controller that starts has sources that may be channels:
// others than objects of the API server.
func (f controllerFields) hasChannels() bool {
	for n := range f.sources.Len() {
		if t := f.sources.Index(n).Elem().Type().String(); !strings.HasPrefix(t, "*source.Kind[") && !strings.HasPrefix(t, "*internal.Kind[") {
			return true
		}
	}
	return false
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
func (p *Process) interpose(f controllerFields) {
	name := *f.name
	p.awaits(name)
	do := *f.do
	if p.cfg.Reconciler != nil {
		do = p.cfg.Reconciler(do)
	}
	*f.do = p.wrap(name, do, *f.timeout)
	*f.timeout = 0                       // of the wall clock
	*f.cacheSyncTimeout = 24 * time.Hour // too
	if p.cfg.Workers > 0 {
		*f.workers = p.cfg.Workers
	}
	workers, ranks := *f.workers, ranks(name, *f.limiter, *f.newQueue)
	*f.newQueue = func(_ string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
		if f.hasChannels() {
			p.followChannels()
		}
		q := p.newQueue(name, limiter, workers)
		if !ranks {
			return unranked{q}
		}
		return q
	}
}

// ranks says whether the queue that a controller would have had knows of priorities.
func ranks(name string, limiter workqueue.TypedRateLimiter[reconcile.Request], newQueue func(string, workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request]) bool {
	q := newQueue(name, limiter)
	defer q.ShutDown()
	_, is := q.(priorityqueue.PriorityQueue[reconcile.Request])
	return is
}

// unranked is a queue without priorities, for an operator that has them off.
type unranked struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
}

// newQueue makes a controller's queue.
func (p *Process) newQueue(controller string, limiter workqueue.TypedRateLimiter[reconcile.Request], workers int) *queue {
	show := func(r reconcile.Request) string { return p.names.show(work(controller, r)) }
	q := &queue{
		Queue: virtualtime.NewQueue(p.cfg.Clock, p.cfg.Quiescence, limiter, workers, func(r reconcile.Request) string { return p.taskName(show(r)) },
			func() { p.up(controller) }),
		incarnation: p.cfg.Incarnation, controller: controller, show: show,
	}
	if p.cfg.StopAfterSync {
		q.CutAll()
	}
	p.mu.Lock()
	p.queues[controller] = q
	p.mu.Unlock()
	p.cfg.Sequencer.join(q)
	return q
}

// wrap runs each reconcile in a goroutine of its own: one that is cut off at
// a crash point must hold no worker, and no code may run on after it that a
// dead process would not run.
func (p *Process) wrap(controller string, inner reconcile.Reconciler, timeout time.Duration) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
		type outcome struct {
			result   reconcile.Result
			err      error
			panicked any
		}
		done := make(chan outcome, 1)
		w := work(controller, req)
		object := p.names.show(w)
		task := p.task(object)
		ctx = p.counted(task.In(ctx), object, w)
		over := func() {}
		if timeout > 0 {
			ctx, over = p.cfg.Clock.WithTimeout(ctx, timeout)
		}
		p.begin(ctx, object, w)
		p.reconciles.Go(func() {
			pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels(workLabel, task.Name())))
			leave := p.cfg.Clock.Enter(p.dead, task)
			var o outcome
			defer func() {
				if o.panicked = recover(); o.panicked != nil && p.cfg.Panicked != nil && p.dead.Err() == nil {
					p.cfg.Panicked(reconcileIn(ctx), o.panicked)
				}
				if o.panicked == nil && p.cfg.Returned != nil && p.dead.Err() == nil {
					p.cfg.Returned(reconcileIn(ctx), o.err)
				}
				over()
				leave()
				// Before the worker goes on: it may be the next reconcile of
				// this object that is parked then.
				task.Resume()
				p.end(object)
				done <- o
			}()
			ownGoroutine(func() { o.result, o.err = inner.Reconcile(ctx, req) })
		})
		select {
		case o := <-done:
			if o.panicked != nil {
				panic(o.panicked)
			}
			return o.result, o.err
		case <-p.cutting(object):
			return reconcile.Result{}, nil
		}
	})
}
