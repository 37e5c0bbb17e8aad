package controller

import (
	"context"
	"time"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// After an error of the API server, a reconcile is retried after a delay that
// doubles from RetryBaseDelay up to RetryMaxDelay. The maximum is short because
// devices are waiting when the API server is back.
const (
	RetryBaseDelay = 5 * time.Millisecond
	RetryMaxDelay  = 15 * time.Second
)

// Setup registers a controller for DeviceDeployments with mgr. The reconciler may
// wrap a Reconciler.
func Setup(mgr ctrl.Manager, r reconcile.Reconciler, o controller.Options) error {
	o.RateLimiter = workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](RetryBaseDelay, RetryMaxDelay)
	return ctrl.NewControllerManagedBy(mgr).
		Named("devicedeployment").
		Watches(&v1.DeviceDeployment{}, &fifoHandler{}, builder.WithPredicates(predicate.Funcs{UpdateFunc: shouldReconcile})).
		WithOptions(o).
		Complete(r)
}

// fifoHandler enqueues all objects with the same priority, so that the queue is
// first in, first out. handler.EnqueueRequestForObject gives objects of the initial
// list or a resync, and then their requeues, a lower priority. While more devices
// hang than there are workers, those would never be reconciled.
type fifoHandler struct {
	handler.EnqueueRequestForObject
}

func (h *fifoHandler) Create(ctx context.Context, e event.CreateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	h.Generic(ctx, event.GenericEvent{Object: e.Object}, q)
}

func (h *fifoHandler) Update(ctx context.Context, e event.UpdateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	h.Generic(ctx, event.GenericEvent{Object: e.ObjectNew}, q)
}

// shouldReconcile says whether an update triggers a reconcile. It does if the uid
// changed (the object was deleted and created again while the watch was down), or
// the generation. While the rollout has not ended, so do a transition, a changed
// lastTransitionTime and a resync. A status whose observedGeneration is ahead of
// its object triggers one reconcile, which logs it.
func shouldReconcile(e event.UpdateEvent) bool {
	before, after := stateOf(e.ObjectOld.(*v1.DeviceDeployment)), stateOf(e.ObjectNew.(*v1.DeviceDeployment))
	if before.UID == after.UID && before.ObservedGeneration > before.Generation && after.ObservedGeneration > after.Generation {
		return false
	}
	if before.UID != after.UID || before.Generation != after.Generation {
		return true
	}
	ended := after.Phase == v1.Succeeded || after.Phase == v1.Failed
	resync := e.ObjectOld.GetResourceVersion() == e.ObjectNew.GetResourceVersion()
	moved := before.ObservedGeneration != after.ObservedGeneration || before.Phase != after.Phase || before.Attempts != after.Attempts
	return !ended && (moved || before.Since != after.Since || resync)
}
