package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestSucceededRuns(t *testing.T) {
	succeeded := []Version{stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(30, 1, v1.Verifying, 1), stored(30, 1, v1.Succeeded, 1)}
	onFirst := stored(5, 1, v1.Succeeded, 1)
	onFirst.Object.Spec.Image = "fw:1"
	byObservation := append(succeeded[:3:3], stored(30, 1, v1.Succeeded, 1).by(20))
	// at sets the number of state changes before the readings.
	at := func(changes int) func(*Evidence) {
		return func(e *Evidence) {
			e.Operations = does(observes(18, 9, 30), made(20, 9, 30, Write))
			for n := range e.Operations {
				e.Operations[n].Before, e.Operations[n].After = changes, changes
			}
		}
	}
	changes := func(d ...devicesim.StateChange) []devicesim.StateChange { return d }
	for _, r := range []row{
		{name: "the device runs the image", versions: succeeded, changes: changes(burn(0, 1, 1), reboot(10), booted(25, "fw:2"))},
		{name: "it came up in that instant", versions: succeeded, changes: changes(reboot(10), booted(30, "fw:2"))},
		{name: "it ran the image all along", versions: []Version{onFirst}},
		{name: "nothing was done", versions: succeeded,
			at: 30, expected: "the device runs fw:2, healthy, at the observation before Succeeded", found: "the device runs fw:1"},
		{name: "the image is only staged", versions: succeeded, changes: changes(burn(0, 1, 1), change(10, devicesim.ImageStaged, "fw:2", uid+"/1/1")),
			at: 30, expected: "the device runs fw:2, healthy, at the observation before Succeeded", found: "the device runs fw:1"},
		{name: "the device is down", versions: succeeded, changes: changes(reboot(10), booted(31, "fw:2")),
			at: 30, found: "the device is down"},
		{name: "the device is down once more", versions: succeeded, changes: changes(reboot(10), booted(20, "fw:2"), reboot(29)),
			at: 30, found: "the device is down"},
		{name: "the reboot lost the image", versions: succeeded, changes: changes(reboot(10), booted(25, "fw:1")),
			at: 30, expected: "the device runs fw:2, healthy, at the observation before Succeeded", found: "the device runs fw:1"},
		{name: "the image came and went", versions: succeeded, changes: changes(reboot(5), booted(10, "fw:2"), reboot(15), booted(20, "fw:1")),
			at: 30, expected: "the device runs fw:2, healthy, at the observation before Succeeded", found: "the device runs fw:1"},
		{name: "it drifts afterwards", versions: append(succeeded[:4:4], stored(60, 1, v1.Succeeded, 1)),
			changes: changes(reboot(10), booted(25, "fw:2"), reboot(40), booted(50, "fw:1"))},
		{name: "it is rebooted in the very instant", versions: succeeded, changes: changes(reboot(10), booted(25, "fw:2"), reboot(30))},
		{name: "it is not healthy", versions: succeeded, changes: changes(reboot(10), change(25, devicesim.Booted, "fw:2", "")),
			at: 30, found: "the device runs fw:2, not healthy"},
		{name: "it was healthy at the observation", versions: byObservation, more: at(2), changes: changes(reboot(10), booted(25, "fw:2"), reboot(26))},
		{name: "it was not yet up at the observation", versions: byObservation, more: at(1), changes: changes(reboot(10), booted(30, "fw:2")),
			at: 30, found: "the device is down"},
		{name: "not yet Succeeded", versions: succeeded[:3]},
		{name: "another generation succeeds without", versions: append(succeeded[:4:4], stored(60, 2, v1.Pending, 0), stored(61, 2, v1.Succeeded, 0)),
			changes: changes(reboot(10), booted(25, "fw:2"), reboot(40), booted(50, "fw:1")),
			at:      61, expected: "the device runs fw:2, healthy, at the observation before Succeeded", found: "the device runs fw:1"},
	} {
		r.check(t, SucceededRuns{})
	}
}
