package realtime

import (
	"errors"
	"fmt"
	"slices"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Outcome is the expected end of a rollout.
type Outcome struct {
	// Phase is the rollout's.
	Phase v1.Phase
	// Attempts is the exact number of attempts that it took.
	Attempts int32
	// Runs is the image that the device runs.
	Runs string
}

// Check compares the outcome with the object in the API server, the image that the
// device runs, and the device's state changes. The burns among these prove that the
// device burned each attempt exactly once. The error lists every difference.
func (o Outcome) Check(dd *v1.DeviceDeployment, running string, changes []devicesim.StateChange) error {
	var wrong []error
	differs := func(what string, got, want any) {
		wrong = append(wrong, fmt.Errorf("%s: %s %v, not %v", dd.Name, what, got, want))
	}
	s := dd.Status
	if s.Phase != o.Phase {
		differs("the rollout is", s.Phase, o.Phase)
	}
	if s.Attempts != o.Attempts {
		differs("attempts are", s.Attempts, o.Attempts)
	}
	if running != o.Runs {
		differs("the device runs", running, o.Runs)
	}
	var burns, expected []string
	reboots, staged := 0, 0
	for _, d := range changes {
		switch d.Kind {
		case devicesim.BurnStarted:
			burns = append(burns, d.Image+" "+d.Key)
		case devicesim.ImageStaged:
			staged++
		case devicesim.RebootStarted:
			reboots++
		}
	}
	for n := range o.Attempts {
		expected = append(expected, fmt.Sprintf("%s %s/%d/%d", dd.Spec.Image, dd.UID, dd.Generation, n+1))
	}
	if !slices.Equal(burns, expected) {
		differs("the device burned", burns, expected)
	}
	if reboots != staged {
		differs("the device was rebooted", reboots, fmt.Sprint(staged, ", the number of images that were staged"))
	}
	return errors.Join(wrong...)
}
