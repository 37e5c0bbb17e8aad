package invariant

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// after returns a version with a status that says everything, after another one.
func (v Version) after(was Version) Version {
	v = v.copied()
	if v.Object.Status.LastError == "" && v.Object.Status.Attempts > 0 && v.Object.Status.Phase == v1.Pending {
		v.Object.Status.LastError = "the transfer broke at 50 %"
	}
	conditioned(was.Object, v.Object)
	return v
}

func TestConditions(t *testing.T) {
	none := created(0)
	pending := stored(0, 1, v1.Pending, 0).after(none)
	transferring := stored(10, 1, v1.Transferring, 1).after(pending)
	failed := stored(20, 1, v1.Pending, 1).after(transferring)
	succeeded := stored(20, 1, v1.Succeeded, 1).after(transferring)
	spoilt := func(v Version, spoil func(*v1.DeviceDeployment)) Version {
		v = v.copied()
		spoil(v.Object)
		return v
	}
	set := func(kind string, change func(*metav1.Condition)) func(*v1.DeviceDeployment) {
		return func(o *v1.DeviceDeployment) { change(meta.FindStatusCondition(o.Status.Conditions, kind)) }
	}
	message := func(kind, text string) func(*v1.DeviceDeployment) {
		return set(kind, func(c *metav1.Condition) { c.Message = text })
	}
	reported := transferring.reports(15, "the device did not answer in time", "")
	conditioned(transferring.Object, reported.Object)
	deleting := spoilt(transferring, func(o *v1.DeviceDeployment) {
		now := metav1.NewTime(second(30))
		o.DeletionTimestamp = &now
		for _, kind := range []string{v1.ConditionProgressing, v1.ConditionReconciling} {
			meta.SetStatusCondition(&o.Status.Conditions, metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: v1.ReasonDeleting, Message: "being deleted", ObservedGeneration: 1, LastTransitionTime: now})
		}
	})
	for _, r := range []row{
		{name: "each follows", versions: []Version{none, pending, transferring, reported, failed}},
		{name: "an end", versions: []Version{none, pending, transferring, succeeded}},
		{name: "a deletion", versions: []Version{none, pending, transferring, deleting}},
		{name: "only the time is put right", versions: []Version{none, spoilt(pending, message(v1.ConditionProgressing, "")), spoilt(pending, func(o *v1.DeviceDeployment) {
			meta.FindStatusCondition(o.Status.Conditions, v1.ConditionProgressing).Message = ""
			o.Status.LastTransitionTime = metav1.NewMicroTime(second(5))
		})}, foreign: map[string]bool{"1": true}},
		{name: "none", versions: []Version{none, stored(0, 1, v1.Pending, 0)}, expected: "Progressing True", found: "no condition Progressing"},
		{name: "one too many", versions: []Version{none, pending, transferring, spoilt(succeeded, func(o *v1.DeviceDeployment) {
			o.Status.Conditions = append(o.Status.Conditions, metav1.Condition{Type: v1.ConditionReconciling, Status: metav1.ConditionFalse})
		})}, at: 20, expected: "no condition Reconciling", found: "Reconciling False"},
		{name: "an empty part", versions: []Version{none, spoilt(pending, func(o *v1.DeviceDeployment) {
			c := meta.FindStatusCondition(o.Status.Conditions, v1.ConditionProgressing)
			c.Message += "; "
		})}, expected: "a message of Progressing without an empty part", found: "; "},
		{name: "a value too many", versions: []Version{none, spoilt(pending, func(o *v1.DeviceDeployment) {
			c := meta.FindStatusCondition(o.Status.Conditions, v1.ConditionProgressing)
			c.Message += "%!(EXTRA string=fw:2)"
		})}, expected: "a mistake of formatting", found: "EXTRA"},
		{name: "of another phase", versions: []Version{none, pending, spoilt(transferring, set(v1.ConditionSucceeded, func(c *metav1.Condition) { c.Reason = "Pending" }))}, at: 10, expected: "reason Transferring", found: "reason Pending"},
		{name: "of another generation", versions: []Version{none, spoilt(pending, set(v1.ConditionFailed, func(c *metav1.Condition) { c.ObservedGeneration = 0 }))}, expected: "generation 1", found: "generation 0"},
		{name: "a status that is not", versions: []Version{none, pending, transferring, spoilt(succeeded, set(v1.ConditionFailed, func(c *metav1.Condition) { c.Status = metav1.ConditionTrue }))}, at: 20, expected: "Failed False", found: "Failed True"},
		{name: "another time", versions: []Version{none, pending, spoilt(transferring, set(v1.ConditionProgressing, func(c *metav1.Condition) { c.LastTransitionTime = metav1.NewTime(second(10)) }))}, at: 10, expected: "since 00:00:00", found: "since 00:00:10"},
		{name: "the old time", versions: []Version{none, pending, transferring, spoilt(succeeded, set(v1.ConditionSucceeded, func(c *metav1.Condition) { c.LastTransitionTime = metav1.NewTime(second(0)) })).by(7)},
			more: known(made(7, 1, 20, Write)), at: 20, expected: "since 00:00:20", found: "since 00:00:00"},
		{name: "no attempt", versions: []Version{none, pending, spoilt(transferring, message(v1.ConditionProgressing, "transferring fw:2"))}, at: 10, expected: "attempt 1 of 3", found: "transferring fw:2"},
		{name: "no image", versions: []Version{none, pending, spoilt(transferring, message(v1.ConditionFailed, "attempt 1 of 3: transferring"))}, at: 10, expected: "fw:2", found: "transferring"},
		{name: "no failure", versions: []Version{none, pending, transferring, spoilt(failed, message(v1.ConditionProgressing, "attempt 1 of 3 failed: ; more"))}, at: 20, expected: "broke at 50 %", found: "more"},
		{name: "no error", versions: []Version{none, pending, transferring, spoilt(reported, message(v1.ConditionProgressing, "attempt 1 of 3: transferring fw:2"))}, at: 15, expected: "did not answer", found: "transferring fw:2"},
		{name: "a deletion that changes more", versions: []Version{none, pending, transferring, spoilt(deleting, func(o *v1.DeviceDeployment) { o.Status.Image = "fw:3" })}, at: 10, expected: "nothing but conditions", found: "more"},
		{name: "a deletion that says too much", versions: []Version{none, pending, transferring, spoilt(deleting, set(v1.ConditionFailed, func(c *metav1.Condition) { c.Reason = v1.ReasonDeleting }))}, at: 10, expected: "Failed False", found: "reason Deleting"},
		{name: "a deletion that says nothing", versions: []Version{none, pending, transferring, spoilt(deleting, message(v1.ConditionReconciling, "gone"))}, at: 10, expected: "being deleted", found: "gone"},
	} {
		for n := range r.versions {
			r.versions[n] = r.versions[n].copied()
			r.versions[n].Object.ResourceVersion = string(rune('0' + n))
		}
		r.check(t, Conditions{})
	}
}
