// Package controller reconciles DeviceDeployments. It is the only controller of
// edge-device-operator.
package controller

import (
	"context"
	"time"

	"github.com/benbjohnson/clock"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/device"
	"example.com/edge-device-operator/operator/rollout"
)

// Reconciler moves each DeviceDeployment forward one step at a time: it reads the
// object, asks the state machine, does the one thing that it decides, and returns.
// It keeps nothing in memory between two calls, so a restart loses nothing.
type Reconciler struct {
	// Client reads through the cache and writes the status.
	Client client.Client
	// Live reads from the API server, not from the cache.
	Live client.Reader
	// Devices reaches the devices.
	Devices *device.Client
	// Clock gives the time to the state machine, and bounds requests to the API
	// server.
	Clock clock.Clock
	// Instance identifies this controller in its Events, in at most 128 bytes.
	Instance string
	// Timing holds the poll interval and the deadlines of the phases.
	Timing rollout.Timing
}

// These are all the permissions that the operator needs. The ClusterRole can be
// bound for the cluster, or in the one namespace that the operator is restricted
// to.
//
// +kubebuilder:rbac:groups=edge.example.com,resources=devicedeployments,verbs=get;list;watch
// +kubebuilder:rbac:groups=edge.example.com,resources=devicedeployments/status,verbs=update
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create

// Reconcile takes one step. It returns only errors of the API server. Errors of
// the device are reported in the status.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	dd := &v1.DeviceDeployment{}
	if err := r.read(ctx, req.NamespacedName, dd); apierrors.IsNotFound(err) {
		return ctrl.Result{}, nil
	} else if err != nil {
		return r.requeue(ctx, err)
	}
	if dd.DeletionTimestamp != nil {
		return r.requeue(ctx, r.reportDeletion(ctx, dd))
	}
	// The clock is read before the device is observed: a deadline that passes
	// meanwhile takes effect only at the next observation.
	state, now := stateOf(dd), r.Clock.Now()
	decision := rollout.Decide(state, nil, now, r.Timing)
	name := device.Name{Namespace: dd.Namespace, Device: dd.Spec.DeviceRef}
	var seen rollout.Observation
	if decision.Action == rollout.Observe {
		seen = r.Devices.Observe(ctx, name)
		if ctx.Err() != nil {
			return ctrl.Result{}, nil // the manager is stopping; the observation means nothing
		}
		decision = rollout.Decide(state, &seen, now, r.Timing)
	}
	if decision.Action == rollout.Burn || decision.Action == rollout.Reboot {
		if err := r.post(ctx, dd, state, name, decision.Action, &seen); err != nil || ctx.Err() != nil {
			return r.requeue(ctx, err)
		}
		decision = rollout.Decide(state, &seen, now, r.Timing)
	}

	var reportErr error
	switch decision.Action {
	case rollout.Write:
		return r.write(ctx, dd, decision.To)
	case rollout.Report:
		reportErr = r.report(ctx, dd, decision.Errors)
	case rollout.ResetTransitionTime:
		log.FromContext(ctx).Info("status.lastTransitionTime is ahead of this clock: what counts from it counts from now", "lastTransitionTime", state.Since)
		dd = dd.DeepCopy()
		dd.Status.LastTransitionTime = metav1.NewMicroTime(now)
		return r.requeue(ctx, r.update(ctx, dd))
	case rollout.Nothing:
		if state.ObservedGeneration > state.Generation {
			log.FromContext(ctx).Info("status.observedGeneration is ahead of the object: somebody else wrote it; nothing is done until the object is deleted and created again",
				"generation", state.Generation, "observedGeneration", state.ObservedGeneration)
		}
	}
	if errs := (rollout.DeviceErrors{Observe: seen.Error, Post: seen.PostError}); errs != (rollout.DeviceErrors{}) || reportErr != nil {
		log.FromContext(ctx).Info("no progress", "phase", state.Phase, "attempt", state.Attempts, "met", errs.String(), "statusNotWritten", reportErr)
	}
	return ctrl.Result{RequeueAfter: decision.After}, nil
}

// read reads an object from the cache. The client waits until the cache has this
// process's last write to the object. If the object is gone and a new list has
// filled the cache, that write never arrives, and the worker would wait for ever.
// So after apiTimeout, read asks the API server whether the object is gone.
func (r *Reconciler) read(ctx context.Context, key client.ObjectKey, dd *v1.DeviceDeployment) error {
	limited, cancel := r.Clock.WithTimeout(ctx, apiTimeout)
	defer cancel()
	err := r.Client.Get(limited, key, dd)
	if limited.Err() == nil || ctx.Err() != nil {
		return err
	}
	again, cancel := r.Clock.WithTimeout(ctx, apiTimeout)
	defer cancel()
	if live := r.Live.Get(again, key, &v1.DeviceDeployment{}); apierrors.IsNotFound(live) {
		return live
	}
	return err
}

// post asks the device to burn or to reboot, and puts the result into seen. First
// it reads the object again, past the cache, so that a controller with a stale
// cache does not act on an object that has changed. From the observation to the
// POST, the ETag protects the device: it refuses the POST if its state has changed.
// The answer, even a refusal, only affects what is reported. The next observation
// decides.
func (r *Reconciler) post(ctx context.Context, dd *v1.DeviceDeployment, acted rollout.Rollout, name device.Name, what rollout.Action, seen *rollout.Observation) error {
	fresh := &v1.DeviceDeployment{}
	limited, cancel := r.Clock.WithTimeout(ctx, apiTimeout)
	defer cancel()
	if err := r.Live.Get(limited, client.ObjectKeyFromObject(dd), fresh); err != nil {
		return err
	}
	if fresh.DeletionTimestamp != nil {
		return r.reportDeletion(ctx, fresh)
	}
	if stateOf(fresh) != acted {
		return nil
	}
	seen.Posted = true
	if what == rollout.Burn {
		seen.PostError = r.Devices.Burn(ctx, name, acted.Image, acted.Key(), seen.ETag)
	} else {
		seen.PostError = r.Devices.Reboot(ctx, name, seen.ETag)
	}
	return nil
}

// apiTimeout bounds a request to the API server.
const apiTimeout = 10 * time.Second

// requeue says when to reconcile again after a request to the API server. A
// conflict, or an object that is gone, is no error: the watch will deliver the
// change, often sooner than the next poll.
func (r *Reconciler) requeue(ctx context.Context, err error) (ctrl.Result, error) {
	switch {
	case ctx.Err() != nil:
		return ctrl.Result{}, nil // the manager is stopping
	case apierrors.IsConflict(err):
		log.FromContext(ctx).Info("the status was not written: somebody else wrote first")
		fallthrough
	case apierrors.IsNotFound(err):
		return ctrl.Result{RequeueAfter: r.Timing.Poll}, nil
	}
	return ctrl.Result{}, err
}

// reportDeletion writes, once, that nothing more is done for an object that is
// being deleted but that a finalizer still holds. That is no transition. An object
// without a status gets none.
func (r *Reconciler) reportDeletion(ctx context.Context, dd *v1.DeviceDeployment) error {
	if dd = dd.DeepCopy(); dd.Status.ObservedGeneration == 0 || !setDeleting(dd, r.Clock.Now()) {
		return nil
	}
	return r.update(ctx, dd)
}

// write stores a transition. It asks for no requeue: the watch delivers the new
// object, which triggers the next reconcile.
func (r *Reconciler) write(ctx context.Context, dd *v1.DeviceDeployment, to rollout.Transition) (ctrl.Result, error) {
	from, now := stateOf(dd), metav1.NewMicroTime(r.Clock.Now())
	dd = dd.DeepCopy()
	setTransition(dd, to, now)
	if err := r.update(ctx, dd); err != nil {
		return r.requeue(ctx, err)
	}
	log.FromContext(ctx).Info("transition", "generation", to.Generation, "from", from.Phase, "to", to.Phase, "attempt", to.Attempts, "failure", to.Failure)
	r.recordEvent(context.WithoutCancel(ctx), dd, to, now)
	return ctrl.Result{}, nil
}

// report stores the errors that keep the phase from making progress. That is no
// transition: it triggers no reconcile and writes no Event. A report that fails is
// not retried before the next poll.
func (r *Reconciler) report(ctx context.Context, dd *v1.DeviceDeployment, errs rollout.DeviceErrors) error {
	dd = dd.DeepCopy()
	setDeviceErrors(dd, errs, metav1.NewMicroTime(r.Clock.Now()))
	return client.IgnoreNotFound(r.update(ctx, dd))
}

// update writes the status with the resourceVersion of the copy that was acted on,
// so that it never overwrites anybody else's write. A write that has begun is
// finished even if the manager is stopping.
func (r *Reconciler) update(ctx context.Context, dd *v1.DeviceDeployment) error {
	limited, cancel := r.Clock.WithTimeout(context.WithoutCancel(ctx), apiTimeout)
	defer cancel()
	return r.Client.Status().Update(limited, dd)
}
