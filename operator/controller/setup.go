package controller

import (
	"time"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// A reconcile that the API server failed is tried again after a pause that
// doubles, from FirstRetry up to LastRetry. Devices wait for us when it is back,
// so the pause grows no longer than that.
const (
	FirstRetry = 5 * time.Millisecond
	LastRetry  = 15 * time.Second
)

// Setup has mgr run a reconciler, which may wrap a Reconciler, for every
// DeviceDeployment.
func Setup(mgr ctrl.Manager, r reconcile.Reconciler, o controller.Options) error {
	o.RateLimiter = workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](FirstRetry, LastRetry)
	return ctrl.NewControllerManagedBy(mgr).
		Named("devicedeployment").
		For(&v1.DeviceDeployment{}, builder.WithPredicates(predicate.Funcs{UpdateFunc: wakes})).
		WithOptions(o).
		Complete(r)
}

// wakes says whether an update is a reason to reconcile: another uid (the
// object was deleted and created again while the watch was down), another
// generation, or our own transition, whose next step thus comes at once; and
// a resync, while there is something left to do. A status that is ahead of
// its object is reason to say so, once.
func wakes(e event.UpdateEvent) bool {
	before, after := stateOf(e.ObjectOld.(*v1.DeviceDeployment)), stateOf(e.ObjectNew.(*v1.DeviceDeployment))
	if before.UID == after.UID && before.Observed > before.Generation && after.Observed > after.Generation {
		return false
	}
	if before.UID != after.UID || before.Generation != after.Generation {
		return true
	}
	ended := after.Phase == v1.Succeeded || after.Phase == v1.Failed
	resync := e.ObjectOld.GetResourceVersion() == e.ObjectNew.GetResourceVersion()
	moved := rollout.Position{Generation: before.Observed, Phase: before.Phase, Attempts: before.Attempts} !=
		rollout.Position{Generation: after.Observed, Phase: after.Phase, Attempts: after.Attempts}
	return !ended && (moved || resync)
}
