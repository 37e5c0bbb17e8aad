package controller

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// defaultBackoff is the CustomResourceDefinition's default, in seconds. Objects
// from an API server always have it.
const defaultBackoff = 10

// stateOf extracts the state machine's input from an object.
func stateOf(dd *v1.DeviceDeployment) rollout.Rollout {
	backoff := int32(defaultBackoff)
	if b := dd.Spec.RetryPolicy.BackoffSeconds; b != nil {
		backoff = *b
	}
	r := rollout.Rollout{
		UID:         string(dd.UID),
		Device:      dd.Spec.DeviceRef,
		Generation:  dd.Generation,
		Image:       dd.Spec.Image,
		MaxAttempts: dd.Spec.RetryPolicy.MaxAttempts,
		Backoff:     time.Duration(backoff) * time.Second,
	}
	if s := dd.Status; s.ObservedGeneration > 0 { // or else there is no status yet
		r.ObservedGeneration, r.Phase, r.Attempts = s.ObservedGeneration, s.Phase, s.Attempts
		r.Since = s.LastTransitionTime.UTC()
		r.ObservedImage, r.ImageGeneration = s.Image, s.ImageGeneration
		if left := s.Transfer; left != nil {
			r.Unfinished = rollout.UnfinishedTransfer{Key: left.Key, Progress: int(left.Progress)}
		}
		if t := s.DeviceErrors; t != nil {
			r.Reported, r.ReportedAt = rollout.DeviceErrors{Observe: rollout.DeviceError(t.Observe), Post: rollout.DeviceError(t.Post)}, t.Time.UTC()
		}
	}
	return r
}

// setTransition puts a transition into an object's status.
func setTransition(dd *v1.DeviceDeployment, to rollout.Transition, now metav1.MicroTime) {
	s := &dd.Status
	if to.Generation != s.ObservedGeneration {
		s.LastError = ""
	}
	if to.Failure != "" {
		s.LastError = to.Failure
	}
	s.ObservedGeneration, s.Phase, s.Attempts, s.LastTransitionTime = to.Generation, to.Phase, to.Attempts, now
	s.DeviceErrors, s.Transfer = nil, nil
	s.Image, s.ImageGeneration = dd.Spec.Image, to.ImageGeneration
	if to.Unfinished.Key != "" {
		s.Transfer = &v1.UnfinishedTransfer{Key: to.Unfinished.Key, Progress: int32(to.Unfinished.Progress)}
	}
	setConditions(dd, now)
}

// setDeviceErrors puts the errors of a phase into an object's status.
func setDeviceErrors(dd *v1.DeviceDeployment, errs rollout.DeviceErrors, now metav1.MicroTime) {
	dd.Status.DeviceErrors = &v1.DeviceErrors{Observe: string(errs.Observe), Post: string(errs.Post), Time: now}
	setConditions(dd, now)
}

// setConditions derives the conditions from the rest of the status.
func setConditions(dd *v1.DeviceDeployment, now metav1.MicroTime) {
	s := &dd.Status
	progresses := s.Phase != v1.Succeeded && s.Phase != v1.Failed
	for _, c := range []struct {
		kind   string
		is     bool
		absent bool // if it is not True
	}{
		{kind: v1.ConditionProgressing, is: progresses},
		{kind: v1.ConditionSucceeded, is: s.Phase == v1.Succeeded},
		{kind: v1.ConditionFailed, is: s.Phase == v1.Failed},
		{kind: v1.ConditionReconciling, is: progresses, absent: true},
		{kind: v1.ConditionStalled, is: s.Phase == v1.Failed, absent: true},
	} {
		status := metav1.ConditionTrue
		if !c.is {
			status = metav1.ConditionFalse
		}
		if !c.is && c.absent {
			meta.RemoveStatusCondition(&s.Conditions, c.kind)
			continue
		}
		meta.SetStatusCondition(&s.Conditions, metav1.Condition{
			Type: c.kind, Status: status, Reason: string(s.Phase), Message: statusMessage(dd),
			ObservedGeneration: s.ObservedGeneration, LastTransitionTime: metav1.NewTime(now.Time),
		})
	}
}

// deletingMessage is the message of the conditions while an object is being
// deleted.
const deletingMessage = "being deleted; nothing more is asked of the device"

// setDeleting sets the conditions of an object that is being deleted. It returns
// false if they are set already.
func setDeleting(dd *v1.DeviceDeployment, now time.Time) bool {
	said := meta.FindStatusCondition(dd.Status.Conditions, v1.ConditionProgressing)
	if said != nil && said.Reason == v1.ReasonDeleting {
		return false
	}
	for _, kind := range []string{v1.ConditionProgressing, v1.ConditionReconciling} {
		meta.SetStatusCondition(&dd.Status.Conditions, metav1.Condition{
			Type: kind, Status: metav1.ConditionFalse, Reason: v1.ReasonDeleting, Message: deletingMessage,
			ObservedGeneration: dd.Generation, LastTransitionTime: metav1.NewTime(now),
		})
	}
	return true
}

// statusMessage says in which phase a rollout is, and which errors keep it there.
func statusMessage(dd *v1.DeviceDeployment) string {
	if met := stateOf(dd).Reported.String(); met != "" {
		return phaseMessage(dd) + "; " + met
	}
	return phaseMessage(dd)
}

// phaseMessage says in which phase a rollout is.
func phaseMessage(dd *v1.DeviceDeployment) string {
	s, image := dd.Status, dd.Spec.Image
	attempt := fmt.Sprintf("attempt %d of %d", s.Attempts, dd.Spec.RetryPolicy.MaxAttempts)
	switch s.Phase {
	case v1.Transferring:
		return fmt.Sprintf("%s: transferring %s", attempt, image)
	case v1.Rebooting:
		return fmt.Sprintf("%s: %s is staged, rebooting into it", attempt, image)
	case v1.Verifying:
		return fmt.Sprintf("%s: %s runs, verifying that it is healthy", attempt, image)
	case v1.Succeeded:
		return fmt.Sprintf("%s: %s runs and is healthy", attempt, image)
	case v1.Failed:
		return fmt.Sprintf("%s failed: %s; no attempt is left", attempt, s.LastError)
	}
	if s.Attempts > 0 {
		return fmt.Sprintf("%s failed: %s; the next begins after the backoff", attempt, s.LastError)
	}
	return fmt.Sprintf("%s is to be rolled out, in %d attempts at most", image, dd.Spec.RetryPolicy.MaxAttempts)
}
