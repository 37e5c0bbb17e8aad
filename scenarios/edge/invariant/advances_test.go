package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestAdvances(t *testing.T) {
	// step is a transition by operation 20.
	step := func(from, to v1.Phase) []Version {
		return []Version{stored(0, 1, v1.Transferring, 1), stored(10, 1, from, 1), stored(30, 1, to, 1).by(20)}
	}
	// after sets the number of state changes before the first and the second reading.
	after := func(first, second int) func(*Evidence) {
		return func(e *Evidence) {
			e.Operations = does(observes(18, 9, 30), made(20, 9, 30, Write))
			e.Operations[0].Before, e.Operations[0].After = first, first
			e.Operations[1].Before, e.Operations[1].After = second, second
		}
	}
	changes := func(d ...devicesim.StateChange) []devicesim.StateChange { return d }
	stages := changes(burn(0, 1, 1), change(20, devicesim.ImageStaged, "fw:2", uid+"/1/1"))
	earlier := changes(burn(0, 0, 1), change(20, devicesim.ImageStaged, "fw:2", uid+"/0/1"))
	up := append(stages[:2:2], reboot(20), booted(30, "fw:2"))
	unsound := append(stages[:2:2], reboot(20), change(30, devicesim.Booted, "fw:2", uid+"/1/1"))
	theirs := append(changes(burn(0, 1, 2), change(20, devicesim.ImageStaged, "fw:2", uid+"/1/2")), unsound[2:]...)
	lost := change(30, devicesim.Booted, "fw:2", "")
	lost.Fault = "lose-staged"
	t2r, t2v, r2v := step(v1.Transferring, v1.Rebooting), step(v1.Transferring, v1.Verifying), step(v1.Rebooting, v1.Verifying)
	other := step(v1.Transferring, v1.Rebooting)
	other[2].Object.Generation = 2
	// edited is a transition of a third generation. The first and the third ask for
	// fw:2; the second may have been observed.
	edited := func(second string, taken v1.Phase) []Version {
		between := stored(12, 2, taken, 0)
		between.Object.Spec.Image = second
		if taken == "" {
			between.Object.Status.ObservedGeneration = 1
		}
		return []Version{stored(0, 1, v1.Transferring, 1), between, stored(14, 3, v1.Pending, 0), stored(15, 3, v1.Transferring, 1), stored(30, 3, v1.Rebooting, 1).by(20)}
	}
	for _, r := range []row{
		{name: "staged", versions: t2r, changes: stages, more: after(2, 2)},
		{name: "staged by the first reading, gone by the second", versions: t2r, changes: append(stages[:2:2], burn(30, 1, 2)), more: after(2, 3)},
		{name: "one reading is a lie", versions: t2r, changes: stages, more: after(1, 2)},
		{name: "still under way", versions: t2r, changes: stages, more: after(1, 1),
			at: 30, expected: "fw:2 staged by generation 1 at the observation before Transferring → Rebooting", found: "the device runs fw:1, with a transfer under way"},
		{name: "staged after the observation", versions: t2r, changes: stages, more: after(1, 1), at: 30, found: "with a transfer under way"},
		{name: "staged by an older generation", versions: t2r, changes: earlier, more: after(2, 2), at: 30, found: "runs fw:1, with fw:2 staged"},
		{name: "staged by the generation before, for the same image", versions: edited("fw:2", v1.Pending), changes: stages, more: after(2, 2)},
		{name: "staged before another image was asked for", versions: edited("fw:3", v1.Pending), changes: stages, more: after(2, 2), at: 30, found: "runs fw:1, with fw:2 staged"},
		{name: "staged before another image was asked for, which nobody took up", versions: edited("fw:3", ""), changes: stages, more: after(2, 2)},
		{name: "not observed", versions: t2r, changes: stages, more: known(made(20, 9, 30, Write)), at: 30, expected: "fw:2 staged by generation 1", found: "the device was not observed"},
		{name: "nobody knows who wrote it", versions: []Version{stored(0, 1, v1.Transferring, 1), stored(30, 1, v1.Rebooting, 1)}},
		{name: "an image that is asked for no more", versions: other, changes: stages, more: after(1, 1)},
		{name: "running already", versions: t2v, changes: up, more: after(4, 4)},
		{name: "running by its own transfer, not healthy", versions: t2v, changes: unsound, more: after(4, 4)},
		{name: "running already, not healthy", versions: t2v, changes: theirs, more: after(4, 4), at: 30, expected: "fw:2 running, healthy or by this attempt's own transfer, with nothing staged or under way, at the observation before Transferring → Verifying", found: "the device runs fw:2, not healthy"},
		{name: "running by its own transfer, whose record is lost, not healthy", versions: t2v, changes: append(unsound[:4:4], change(30, devicesim.PowerCut, "", ""), lost), more: after(6, 6), at: 30, found: "the device runs fw:2, not healthy"},
		{name: "running already, but another is staged", versions: t2v, changes: append(up[:4:4], burn(30, 1, 2), change(30, devicesim.ImageStaged, "fw:3", "")), more: after(6, 6),
			at: 30, found: "runs fw:2, with fw:3 staged"},
		{name: "running already, but another is under way", versions: t2v, changes: append(up[:4:4], burn(30, 1, 2)), more: after(5, 5), at: 30, found: "runs fw:2, with a transfer under way"},
		{name: "not running", versions: t2v, changes: stages, more: after(0, 0), at: 30, found: "runs fw:1"},
		{name: "back with the image", versions: r2v, changes: up, more: after(4, 4)},
		{name: "back with the image, not healthy", versions: r2v, changes: unsound, more: after(4, 4)},
		{name: "still down", versions: r2v, changes: up, more: after(3, 3), at: 30, expected: "fw:2 running at the observation before Rebooting → Verifying", found: "the device is down"},
		{name: "not rebooted", versions: r2v, changes: stages, more: after(2, 2), at: 30, found: "runs fw:1, with fw:2 staged"},
	} {
		r.check(t, Advances{})
	}
}
