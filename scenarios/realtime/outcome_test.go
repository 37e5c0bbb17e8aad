package realtime

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// TestAnOutcomeIsNoMatterOfCourse spoils a correct story in several ways.
func TestAnOutcomeIsNoMatterOfCourse(t *testing.T) {
	outcome := Outcome{Phase: v1.Succeeded, Attempts: 2, Runs: target}
	for _, tt := range []struct {
		name  string
		spoil func(dd *v1.DeviceDeployment, running *string, changes *[]devicesim.StateChange)
		want  string // empty if nothing is wrong
	}{
		{"as it should be", func(*v1.DeviceDeployment, *string, *[]devicesim.StateChange) {}, ""},
		{"no status", func(dd *v1.DeviceDeployment, _ *string, _ *[]devicesim.StateChange) {
			dd.Status = v1.DeviceDeploymentStatus{}
		}, "the rollout is , not Succeeded"},
		{"another phase", func(dd *v1.DeviceDeployment, _ *string, _ *[]devicesim.StateChange) { dd.Status.Phase = v1.Failed }, "the rollout is Failed, not Succeeded"},
		{"an attempt more", func(dd *v1.DeviceDeployment, _ *string, _ *[]devicesim.StateChange) { dd.Status.Attempts = 3 }, "attempts are 3, not 2"},
		{"another image", func(_ *v1.DeviceDeployment, running *string, _ *[]devicesim.StateChange) { *running = before }, "the device runs fw:1, not fw:2"},
		{"a burn twice", func(_ *v1.DeviceDeployment, _ *string, changes *[]devicesim.StateChange) {
			*changes = append((*changes)[:1:1], *changes...)
		}, "the device burned [fw:2 6d1f/1/1 fw:2 6d1f/1/1 fw:2 6d1f/1/2]"},
		{"a burn less", func(_ *v1.DeviceDeployment, _ *string, changes *[]devicesim.StateChange) { *changes = (*changes)[1:] }, "the device burned [fw:2 6d1f/1/2]"},
		{"somebody's burn", func(_ *v1.DeviceDeployment, _ *string, changes *[]devicesim.StateChange) {
			(*changes)[1].Key = "by-hand"
		}, "the device burned [fw:2 6d1f/1/1 fw:2 by-hand]"},
		{"a reboot twice", func(_ *v1.DeviceDeployment, _ *string, changes *[]devicesim.StateChange) {
			*changes = append(*changes, (*changes)[3:]...)
		}, "the device was rebooted 2, not 1"},
	} {
		dd := &v1.DeviceDeployment{
			ObjectMeta: metav1.ObjectMeta{Name: "press-01", UID: "6d1f", Generation: 1},
			Spec:       v1.DeviceDeploymentSpec{Image: target},
			Status:     v1.DeviceDeploymentStatus{Phase: v1.Succeeded, Attempts: 2},
		}
		running := target
		changes := []devicesim.StateChange{
			{Kind: devicesim.BurnStarted, Image: target, Key: "6d1f/1/1"}, {Kind: devicesim.BurnStarted, Image: target, Key: "6d1f/1/2"},
			{Kind: devicesim.ImageStaged, Image: target}, {Kind: devicesim.RebootStarted, Image: target}, {Kind: devicesim.Booted, Image: target},
		}
		tt.spoil(dd, &running, &changes)
		err := outcome.Check(dd, running, changes)
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
