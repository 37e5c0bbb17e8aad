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
	"example.com/edge-device-operator/operator/rollout"
)

// A reconcile that the API server failed is tried again after a pause that
// doubles, from FirstRetry up to LastRetry. Devices wait for us when it is back,
// so the pause grows no longer than that.
const (
	RetryBaseDelay = 5 * time.Millisecond
	RetryMaxDelay  = 15 * time.Second
)

// Setup has mgr run a reconciler, which may wrap a Reconciler, for every
// DeviceDeployment.
func Setup(mgr ctrl.Manager, r reconcile.Reconciler, o controller.Options) error {
	o.RateLimiter = workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](RetryBaseDelay, RetryMaxDelay)
	return ctrl.NewControllerManagedBy(mgr).
		Named("devicedeployment").
		Watches(&v1.DeviceDeployment{}, &fifoHandler{}, builder.WithPredicates(predicate.Funcs{UpdateFunc: shouldReconcile})).
		WithOptions(o).
		Complete(r)
}

// firstCome puts every object at the end of the queue, so that who comes first is
// served first. As handler.EnqueueRequestForObject has it, what a start's first
// list or a resync brings would wait behind all else, and so would its requeues:
// as long as more devices hang than there are workers, for ever.
type fifoHandler struct {
	handler.EnqueueRequestForObject
}

func (h *fifoHandler) Create(ctx context.Context, e event.CreateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	h.Generic(ctx, event.GenericEvent{Object: e.Object}, q)
}

func (h *fifoHandler) Update(ctx context.Context, e event.UpdateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	h.Generic(ctx, event.GenericEvent{Object: e.ObjectNew}, q)
}

// wakes says whether an update is a reason to reconcile: another uid (the
// object was deleted and created again while the watch was down), another
// generation, or our own transition, whose next step thus comes at once, or
// another lastTransitionTime; and a resync, while there is something left to do.
// A status that is ahead of its object is reason to say so, once.
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
	moved := rollout.Position{Generation: before.ObservedGeneration, Phase: before.Phase, Attempts: before.Attempts} !=
		rollout.Position{Generation: after.ObservedGeneration, Phase: after.Phase, Attempts: after.Attempts}
	return !ended && (moved || before.Since != after.Since || resync)
}
