package controller

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// at is an object as the watch brings it.
type at struct {
	uid        string
	version    string
	generation int64
	observed   int64
	phase      v1.Phase
	attempts   int32
}

func (a at) object() *v1.DeviceDeployment {
	dd := &v1.DeviceDeployment{ObjectMeta: metav1.ObjectMeta{UID: types.UID(a.uid), ResourceVersion: a.version, Generation: a.generation}}
	if a.phase != "" {
		dd.Status = v1.DeviceDeploymentStatus{ObservedGeneration: a.observed, Phase: a.phase, Attempts: a.attempts}
	}
	return dd
}

func TestWhichUpdatesTriggerAReconcile(t *testing.T) {
	for _, test := range []struct {
		name          string
		before, after at
		want          bool
	}{
		{"the first status", at{"u", "1", 1, 0, "", 0}, at{"u", "2", 1, 1, v1.Pending, 0}, true},
		{"our own transition", at{"u", "1", 1, 1, v1.Pending, 0}, at{"u", "2", 1, 1, v1.Transferring, 1}, true},
		{"the same phase in the next attempt", at{"u", "1", 1, 1, v1.Pending, 1}, at{"u", "2", 1, 1, v1.Pending, 2}, true},
		{"the same phase in the next generation", at{"u", "1", 2, 1, v1.Pending, 0}, at{"u", "2", 2, 2, v1.Pending, 0}, true},
		{"an attempt that failed", at{"u", "1", 1, 1, v1.Verifying, 1}, at{"u", "2", 1, 1, v1.Pending, 1}, true},
		{"the end", at{"u", "1", 1, 1, v1.Verifying, 1}, at{"u", "2", 1, 1, v1.Succeeded, 1}, false},
		{"the other end", at{"u", "1", 1, 1, v1.Verifying, 1}, at{"u", "2", 1, 1, v1.Failed, 1}, false},
		{"a new spec of what has ended", at{"u", "1", 1, 1, v1.Succeeded, 1}, at{"u", "2", 2, 1, v1.Succeeded, 1}, true},
		{"deleted and created again", at{"u", "1", 1, 1, v1.Succeeded, 1}, at{"v", "2", 1, 0, "", 0}, true},
		{"deleted, created again and ended", at{"u", "1", 1, 1, v1.Succeeded, 1}, at{"v", "2", 1, 1, v1.Succeeded, 1}, true},
		{"a label", at{"u", "1", 1, 1, v1.Transferring, 1}, at{"u", "2", 1, 1, v1.Transferring, 1}, false},
		{"a resync", at{"u", "1", 1, 1, v1.Transferring, 1}, at{"u", "1", 1, 1, v1.Transferring, 1}, true},
		{"a resync of what has ended", at{"u", "1", 1, 1, v1.Succeeded, 1}, at{"u", "1", 1, 1, v1.Succeeded, 1}, false},
		{"a status that gets ahead", at{"u", "1", 1, 1, v1.Succeeded, 1}, at{"u", "2", 1, 9, v1.Pending, 0}, true},
		{"a resync of a status ahead", at{"u", "1", 1, 9, v1.Pending, 0}, at{"u", "1", 1, 9, v1.Pending, 0}, false},
		{"a status ahead that moves", at{"u", "1", 1, 9, v1.Pending, 0}, at{"u", "2", 1, 9, v1.Transferring, 1}, false},
		{"a new spec of a status ahead", at{"u", "1", 1, 9, v1.Pending, 0}, at{"u", "2", 2, 9, v1.Pending, 0}, false},
		{"a spec that has caught up", at{"u", "1", 8, 9, v1.Pending, 0}, at{"u", "2", 9, 9, v1.Pending, 0}, true},
		{"a status ahead of another object", at{"u", "1", 1, 9, v1.Pending, 0}, at{"v", "2", 1, 9, v1.Pending, 0}, true},
	} {
		before, after := test.before.object(), test.after.object()
		for _, deviceErrors := range []*v1.DeviceErrors{nil, {Observe: "the device could not be reached"}} {
			after.Status.DeviceErrors = deviceErrors // which makes no difference
			if got := shouldReconcile(event.UpdateEvent{ObjectOld: before, ObjectNew: after}); got != test.want {
				t.Errorf("%s, with errors %v: %t", test.name, deviceErrors, got)
			}
		}
	}
	for phase, want := range map[v1.Phase]bool{v1.Pending: true, v1.Rebooting: true, v1.Succeeded: false, v1.Failed: false} {
		before, after := at{"u", "1", 1, 1, phase, 1}.object(), at{"u", "2", 1, 1, phase, 1}.object()
		after.Status.LastTransitionTime = metav1.NowMicro()
		if got := shouldReconcile(event.UpdateEvent{ObjectOld: before, ObjectNew: after}); got != want {
			t.Errorf("another time of %s: %t", phase, got)
		}
	}
}
