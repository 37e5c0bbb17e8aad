package controller

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// defaultBackoff is what the CustomResourceDefinition fills in, in seconds;
// objects from an API server always carry it.
const defaultBackoff = 10

// stateOf reads what the state machine needs out of an object.
func stateOf(dd *v1.DeviceDeployment) rollout.Rollout {
	backoff := int32(defaultBackoff)
	if b := dd.Spec.RetryPolicy.BackoffSeconds; b != nil {
		backoff = *b
	}
	r := rollout.Rollout{
		UID:         string(dd.UID),
		Generation:  dd.Generation,
		Image:       dd.Spec.Image,
		MaxAttempts: dd.Spec.RetryPolicy.MaxAttempts,
		Backoff:     time.Duration(backoff) * time.Second,
	}
	if s := dd.Status; s != nil {
		r.Observed, r.Phase, r.Attempts = s.ObservedGeneration, s.Phase, s.Attempts
		r.Since = s.LastTransitionTime.UTC()
	}
	return r
}

// move puts a transition into an object's status.
func move(dd *v1.DeviceDeployment, to rollout.Transition, now metav1.MicroTime) {
	if dd.Status == nil {
		dd.Status = &v1.DeviceDeploymentStatus{}
	}
	s := dd.Status
	if to.Generation != s.ObservedGeneration {
		s.LastError = ""
	}
	if to.Failure != "" {
		s.LastError = to.Failure
	}
	s.ObservedGeneration, s.Phase, s.Attempts, s.LastTransitionTime = to.Generation, to.Phase, to.Attempts, now

	progress := fmt.Sprintf("attempt %d of %d", to.Attempts, dd.Spec.RetryPolicy.MaxAttempts)
	if s.LastError != "" {
		progress += "; last error: " + s.LastError
	}
	for _, c := range []struct {
		kind string
		is   bool
	}{
		{v1.ConditionProgressing, to.Phase != v1.Succeeded && to.Phase != v1.Failed},
		{v1.ConditionSucceeded, to.Phase == v1.Succeeded},
		{v1.ConditionFailed, to.Phase == v1.Failed},
	} {
		status := metav1.ConditionFalse
		if c.is {
			status = metav1.ConditionTrue
		}
		meta.SetStatusCondition(&s.Conditions, metav1.Condition{
			Type: c.kind, Status: status, Reason: string(to.Phase), Message: progress,
			ObservedGeneration: to.Generation, LastTransitionTime: metav1.NewTime(now.Time),
		})
	}
}
