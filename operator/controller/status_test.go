package controller

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// TestConditionsFollowTheConventions tells a story of two generations.
func TestConditionsFollowTheConventions(t *testing.T) {
	start := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	dd := &v1.DeviceDeployment{Spec: v1.DeviceDeploymentSpec{Image: "fw:2", RetryPolicy: v1.RetryPolicy{MaxAttempts: 2}}}
	for n, step := range []struct {
		to                             rollout.Transition
		progressing, succeeded, failed bool
		flips                          string // the conditions whose time moves
		lastError                      string
	}{
		{rollout.Transition{Generation: 1, Phase: v1.Pending}, true, false, false, "Progressing Succeeded Failed", ""},
		{rollout.Transition{Generation: 1, Phase: v1.Transferring, Attempts: 1}, true, false, false, "", ""},
		{rollout.Transition{Generation: 1, Phase: v1.Pending, Attempts: 1, Failure: "it broke"}, true, false, false, "", "it broke"},
		{rollout.Transition{Generation: 1, Phase: v1.Transferring, Attempts: 2}, true, false, false, "", "it broke"},
		{rollout.Transition{Generation: 1, Phase: v1.Verifying, Attempts: 2}, true, false, false, "", "it broke"},
		{rollout.Transition{Generation: 1, Phase: v1.Succeeded, Attempts: 2}, false, true, false, "Progressing Succeeded", "it broke"},
		{rollout.Transition{Generation: 2, Phase: v1.Pending}, true, false, false, "Progressing Succeeded", ""},
		{rollout.Transition{Generation: 2, Phase: v1.Transferring, Attempts: 1}, true, false, false, "", ""},
		{rollout.Transition{Generation: 2, Phase: v1.Failed, Attempts: 1, Failure: "again"}, false, false, true, "Progressing Failed", "again"},
		{rollout.Transition{Generation: 3, Phase: v1.Pending}, true, false, false, "Progressing Failed", ""},
	} {
		now := metav1.NewMicroTime(start.Add(time.Duration(n) * time.Minute))
		setTransition(dd, step.to, now)
		if dd.Status.LastError != step.lastError || dd.Status.LastTransitionTime != now {
			t.Errorf("step %d: %+v", n, dd.Status)
		}
		for kind, is := range map[string]bool{
			v1.ConditionProgressing: step.progressing, v1.ConditionSucceeded: step.succeeded, v1.ConditionFailed: step.failed,
		} {
			c := meta.FindStatusCondition(dd.Status.Conditions, kind)
			if (c.Status == metav1.ConditionTrue) != is || c.Status == metav1.ConditionUnknown {
				t.Errorf("step %d: %s is %s", n, kind, c.Status)
			}
			if c.Reason != string(step.to.Phase) || c.ObservedGeneration != step.to.Generation || c.Message == "" {
				t.Errorf("step %d: %+v", n, c)
			}
			if flipped := c.LastTransitionTime.Equal(&metav1.Time{Time: now.Time}); flipped != strings.Contains(step.flips, kind) {
				t.Errorf("step %d: the time of %s moved: %t", n, kind, flipped)
			}
		}
		for kind, is := range map[string]bool{
			v1.ConditionReconciling: step.progressing, v1.ConditionStalled: step.failed,
		} {
			c := meta.FindStatusCondition(dd.Status.Conditions, kind)
			if (c != nil) != is || c != nil && (c.Status != metav1.ConditionTrue || c.Reason != string(step.to.Phase) || c.ObservedGeneration != step.to.Generation) {
				t.Errorf("step %d: %s is %+v", n, kind, c)
			}
		}
	}
}

// TestConditionsReportDeviceErrors sets device errors in the middle of an attempt:
// nothing but the messages changes, and the next transition removes the errors.
func TestConditionsReportDeviceErrors(t *testing.T) {
	start := metav1.NewMicroTime(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))
	later := metav1.NewMicroTime(start.Add(time.Minute))
	dd := &v1.DeviceDeployment{Spec: v1.DeviceDeploymentSpec{Image: "fw:2", RetryPolicy: v1.RetryPolicy{MaxAttempts: 2}}}
	setTransition(dd, rollout.Transition{Generation: 1, Phase: v1.Transferring, Attempts: 1}, start)
	before := dd.DeepCopy()
	errs := rollout.DeviceErrors{Observe: rollout.UnexpectedStatus(401), Post: rollout.PostRefused("/burn", 507)}
	setDeviceErrors(dd, errs, later)
	if state := stateOf(dd); state.Reported != errs || !state.ReportedAt.Equal(later.Time) {
		t.Errorf("it is read back as %+v", state)
	}
	for n, c := range dd.Status.Conditions {
		want := before.Status.Conditions[n]
		want.Message = "attempt 1 of 2: transferring fw:2; the device answered 401 to GET /health; the device refused POST /burn with 507"
		if c != want {
			t.Errorf("%+v, want %+v", c, want)
		}
	}
	rest := dd.Status.DeepCopy()
	rest.DeviceErrors, rest.Conditions = nil, before.Status.Conditions
	if !reflect.DeepEqual(*rest, before.Status) {
		t.Errorf("%+v, want %+v", rest, before.Status)
	}
	setDeviceErrors(dd, rollout.DeviceErrors{}, later)
	if m := dd.Status.Conditions[0].Message; m != before.Status.Conditions[0].Message || dd.Status.DeviceErrors == nil {
		t.Errorf("errors that are over: %s, %+v", m, dd.Status.DeviceErrors)
	}
	setTransition(dd, rollout.Transition{Generation: 1, Phase: v1.Rebooting, Attempts: 1}, later)
	if dd.Status.DeviceErrors != nil {
		t.Errorf("the next phase begins with %+v", dd.Status.DeviceErrors)
	}
}

// TestTheNextAttemptKnowsTheUnfinishedTransfer checks that a status keeps what the
// state machine stores in it.
func TestTheNextAttemptKnowsTheUnfinishedTransfer(t *testing.T) {
	dd := &v1.DeviceDeployment{Spec: v1.DeviceDeploymentSpec{Image: "fw:2", RetryPolicy: v1.RetryPolicy{MaxAttempts: 2}}}
	unfinished := rollout.UnfinishedTransfer{Key: "u/2/1", Progress: 91}
	for _, to := range []rollout.Transition{
		{Generation: 2, Phase: v1.Pending, ImageGeneration: 2},
		{Generation: 2, Phase: v1.Pending, Attempts: 1, ImageGeneration: 2, Failure: "it took too long", Unfinished: unfinished},
		{Generation: 3, Phase: v1.Pending, ImageGeneration: 2, Unfinished: unfinished},
		{Generation: 3, Phase: v1.Rebooting, Attempts: 1, ImageGeneration: 2},
	} {
		setTransition(dd, to, metav1.MicroTime{})
		if r := stateOf(dd); r.Unfinished != to.Unfinished || r.ImageGeneration != to.ImageGeneration || r.ObservedImage != "fw:2" {
			t.Errorf("%+v is read as %+v", to, r)
		}
		if (dd.Status.Transfer == nil) != (to.Unfinished == rollout.UnfinishedTransfer{}) {
			t.Errorf("%+v is stored as %+v", to, dd.Status.Transfer)
		}
	}
}

// TestDevicesAreToldApart checks that the state machine knows which device it is about: the
// pause between two polls depends on it.
func TestDevicesAreToldApart(t *testing.T) {
	dd := &v1.DeviceDeployment{Spec: v1.DeviceDeploymentSpec{DeviceRef: "press-01"}}
	if r := stateOf(dd); r.Device != "press-01" {
		t.Errorf("%+v", r)
	}
}
