// Package controller is the one controller of edge-device-operator: it
// reconciles DeviceDeployments.
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

// Reconciler takes each DeviceDeployment one small step at a time: read the
// object, let the state machine decide, do that one thing, and return. It
// keeps nothing in memory between two calls, so that a restart loses nothing.
type Reconciler struct {
	// Client reads through the cache and writes the status.
	Client client.Client
	// Live reads past the cache.
	Live client.Reader
	// Devices reaches the devices.
	Devices *device.Client
	// Clock is what the state machine goes by.
	Clock clock.Clock
	// Instance names this controller in its Events, in at most 128 bytes.
	Instance string
	// Timing holds the poll interval and the deadlines of the phases.
	Timing rollout.Timing
}

// These are all the rights that the operator needs. A ClusterRole serves both
// ways: bound in a cluster, or in the one namespace that it is restricted to.
//
// +kubebuilder:rbac:groups=edge.example.com,resources=devicedeployments,verbs=get;list;watch
// +kubebuilder:rbac:groups=edge.example.com,resources=devicedeployments/status,verbs=update
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create

// Reconcile takes one step. The errors it returns are the API server's; what
// goes wrong at the device is the attempt's affair and ends in the status.
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
	// The time is taken before the look: a deadline that passes meanwhile is
	// judged by the next one.
	state, now := stateOf(dd), r.Clock.Now()
	decision := rollout.Decide(state, nil, now, r.Timing)
	name := device.Name{Namespace: dd.Namespace, Device: dd.Spec.DeviceRef}
	var seen rollout.Observation
	if decision.Action == rollout.Observe {
		seen = r.Devices.Observe(ctx, name)
		if ctx.Err() != nil {
			return ctrl.Result{}, nil // the manager stops; there was no look
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

// read reads an object from the cache. The client waits there for the last write
// of this process to the object. A cache that a new list has filled never gets it
// if the object is gone by then, and the worker would be held for ever. So after
// apiTimeout the API server is asked whether it is.
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

// post asks the device for a burn or a reboot, and notes in seen what that met.
// Between the look and the POST the object is read again, past the cache: a
// stale controller would otherwise act for an object that has moved on. Between
// that read and the POST the device itself keeps watch, by the look's ETag. The
// answer decides nothing, not even a refusal, but what is told: the next look
// does.
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

// requeue says when to come back after a request to the API server, if at all.
// That somebody else wrote first, or that the object is gone, is no error: the
// watch will tell of it, and may well be quicker than a poll.
func (r *Reconciler) requeue(ctx context.Context, err error) (ctrl.Result, error) {
	switch {
	case ctx.Err() != nil:
		return ctrl.Result{}, nil // the manager stops
	case apierrors.IsConflict(err):
		log.FromContext(ctx).Info("the status was not written: somebody else wrote first")
		fallthrough
	case apierrors.IsNotFound(err):
		return ctrl.Result{RequeueAfter: r.Timing.Poll}, nil
	}
	return ctrl.Result{}, err
}

// letGo says, once, that nothing more is done for an object that is being
// deleted, and that somebody's finalizer still holds. That is no transition.
// What has no status yet gets none.
func (r *Reconciler) reportDeletion(ctx context.Context, dd *v1.DeviceDeployment) error {
	if dd = dd.DeepCopy(); dd.Status.ObservedGeneration == 0 || !setDeleting(dd, r.Clock.Now()) {
		return nil
	}
	return r.update(ctx, dd)
}

// write stores a transition. It asks for no requeue: the watch brings the new
// object, and with it the next step.
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

// tell stores what keeps the phase from going on. That is no transition: it
// moves nothing that counts, wakes nobody and makes no Event. One that fails is
// not tried again before the next poll.
func (r *Reconciler) report(ctx context.Context, dd *v1.DeviceDeployment, errs rollout.DeviceErrors) error {
	dd = dd.DeepCopy()
	setDeviceErrors(dd, errs, metav1.NewMicroTime(r.Clock.Now()))
	return client.IgnoreNotFound(r.update(ctx, dd))
}

// update writes the status. It carries the resourceVersion of the copy that
// was acted on, so that nobody else's write is ever overwritten. A manager that
// stops lets a write that has begun come to its end.
func (r *Reconciler) update(ctx context.Context, dd *v1.DeviceDeployment) error {
	limited, cancel := r.Clock.WithTimeout(context.WithoutCancel(ctx), apiTimeout)
	defer cancel()
	return r.Client.Status().Update(limited, dd)
}
