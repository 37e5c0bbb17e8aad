package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestFailuresReal(t *testing.T) {
	// in is an attempt that fails, by operation 20, in a phase that began at second 10.
	in := func(phase v1.Phase, to v1.Phase, at int) []Version {
		story := []Version{created(0), stored(0, 1, v1.Pending, 0), stored(10, 1, v1.Transferring, 1)}
		if phase != v1.Transferring {
			story = append(story, stored(10, 1, phase, 1))
		}
		return append(story, stored(at, 1, to, 1).by(20))
	}
	changes := func(d ...devicesim.StateChange) []devicesim.StateChange { return d }
	faulty := func(d devicesim.StateChange, fault string) devicesim.StateChange {
		d.Fault = fault
		return d
	}
	// judged is the observation, of two readings, that the failure is based on.
	judged := func(at int, changes int, shown *devicesim.Health) func(*Evidence) {
		return func(e *Evidence) {
			e.Operations = does(observes(18, 9, at), made(20, 9, at, Write))
			for n := range e.Operations[:2] {
				e.Operations[n].Health, e.Operations[n].Before, e.Operations[n].After = shown, changes, changes
			}
		}
	}
	idle := &devicesim.Health{Running: "fw:1", Healthy: true}
	runs := &devicesim.Health{Running: "fw:2", Healthy: true}
	staged := &devicesim.Health{Running: "fw:1", Healthy: true, Staged: &devicesim.StagedImage{Image: "fw:2", Key: uid + "/1/1"}}
	stages := changes(burn(10, 1, 1), change(20, devicesim.ImageStaged, "fw:2", uid+"/1/1"))
	up := append(stages[:2:2], reboot(20), booted(30, "fw:2"))
	unsound := append(stages[:2:2], reboot(20), change(30, devicesim.Booted, "fw:2", uid+"/1/1"))
	cold := &devicesim.Health{Running: "fw:2"}
	const early, success = "it failed, at an observation", "it failed"
	for _, r := range []row{
		{name: "the transfer broke", versions: in(v1.Transferring, v1.Pending, 20), more: judged(20, 2, idle),
			changes: changes(burn(10, 1, 1), change(15, devicesim.TransferFailed, "fw:2", uid+"/1/1"))},
		{name: "nothing happened at all", versions: in(v1.Transferring, v1.Pending, 20), more: judged(20, 0, idle), at: 20,
			expected: "attempt 1 of generation 1 stays in Transferring, since the device didn't break it, and the phase may last 1m0s", found: "it failed, at an observation 10s into the phase"},
		{name: "the last attempt, and nothing happened", versions: in(v1.Transferring, v1.Failed, 20), more: judged(20, 0, idle), at: 20, found: early},
		{name: "another attempt's transfer broke", versions: in(v1.Transferring, v1.Pending, 20), more: judged(20, 2, idle),
			changes: changes(burn(10, 1, 1), change(15, devicesim.TransferFailed, "fw:2", "another/1/1")), at: 20, found: early},
		{name: "it broke before the attempt began", versions: in(v1.Transferring, v1.Pending, 20), more: judged(20, 2, idle),
			changes: changes(change(5, devicesim.TransferFailed, "fw:2", uid+"/1/1")), at: 20, found: early},
		{name: "it broke after the attempt had failed", versions: in(v1.Transferring, v1.Pending, 20), more: judged(20, 1, idle),
			changes: changes(burn(10, 1, 1), change(25, devicesim.TransferFailed, "fw:2", uid+"/1/1")), at: 20, found: early},
		{name: "another image was staged", versions: in(v1.Transferring, v1.Pending, 20), more: judged(20, 2, idle),
			changes: changes(burn(10, 1, 1), faulty(change(15, devicesim.ImageStaged, "fw:9", uid+"/1/1"), "stage-wrong"))},
		{name: "the power was cut", versions: in(v1.Transferring, v1.Pending, 20), more: judged(20, 1, nil), changes: changes(change(15, devicesim.PowerCut, "", ""))},
		{name: "the power was cut, and it runs by its own transfer", versions: in(v1.Transferring, v1.Pending, 40), more: judged(40, 4, cold), changes: append(stages[:2:2], change(20, devicesim.PowerCut, "", ""), unsound[3]), at: 40, found: success},
		{name: "it forgot", versions: in(v1.Rebooting, v1.Pending, 20), more: judged(20, 1, idle), changes: changes(change(15, devicesim.StateLost, "", ""))},
		{name: "it was burned by somebody else", versions: in(v1.Transferring, v1.Pending, 20), more: judged(20, 2, idle),
			changes: changes(burn(10, 1, 1), change(15, devicesim.BurnStarted, "fw:3", "by hand"))},
		{name: "it came back on what ran before", versions: in(v1.Rebooting, v1.Pending, 40), more: judged(40, 4, idle),
			changes: append(stages[:2:2], reboot(20), faulty(booted(30, "fw:1"), "roll-back"))},
		{name: "what it runs is not healthy yet", versions: in(v1.Verifying, v1.Pending, 189), more: judged(189, 4, cold), changes: unsound, at: 189, found: early},
		{name: "what it runs is not healthy", versions: in(v1.Verifying, v1.Pending, 190), more: judged(190, 4, cold), changes: unsound},
		{name: "what it runs was staged corrupt, and it still has time", versions: in(v1.Verifying, v1.Pending, 40), more: judged(40, 4, cold),
			changes: append(changes(stages[0], faulty(stages[1], "corrupt")), unsound[2:]...), at: 40, found: early},
		{name: "it runs another image", versions: in(v1.Verifying, v1.Pending, 60), more: judged(60, 6, idle), changes: append(up[:4:4], change(45, devicesim.PowerCut, "", ""), booted(55, "fw:1"))},
		{name: "it runs another image, and nobody knows who judged it", versions: []Version{stored(0, 1, v1.Transferring, 1), stored(40, 1, v1.Verifying, 1), stored(60, 1, v1.Pending, 1)},
			changes: append(up[:4:4], change(45, devicesim.PowerCut, "", ""), booted(55, "fw:1"))},
		{name: "it ran another image before it was verified", versions: in(v1.Verifying, v1.Pending, 60), more: judged(60, 6, runs),
			changes: append(changes(change(11, devicesim.PowerCut, "", ""), booted(12, "fw:1")), up...), at: 60, found: early},
		{name: "its transfer stalled", versions: in(v1.Transferring, v1.Pending, 20), more: judged(20, 2, idle),
			changes: changes(burn(10, 1, 1), faulty(change(15, devicesim.TransferStalled, "fw:2", uid+"/1/1"), "stall")), at: 20, found: early},
		{name: "the deadline passed, and it runs by its own transfer", versions: in(v1.Transferring, v1.Pending, 70), more: judged(70, 4, cold), changes: unsound, at: 70, found: success},
		{name: "it is back, sound and well", versions: in(v1.Verifying, v1.Pending, 40), more: judged(40, 4, runs), changes: up, at: 40, found: early},

		{name: "the deadline passed, and nothing is staged", versions: in(v1.Transferring, v1.Pending, 70), more: judged(70, 1, idle), changes: stages[:1]},
		{name: "the deadline passes only after the observation", versions: in(v1.Transferring, v1.Pending, 70), more: judged(69, 1, idle), changes: stages[:1],
			at: 70, found: early},
		{name: "the deadline passed, and the image is staged", versions: in(v1.Transferring, v1.Pending, 70), more: judged(70, 2, staged), changes: stages,
			at: 70, expected: "attempt 1 of generation 1 leaves Transferring for the next phase, since the observation showed that fw:2 is staged", found: success},
		{name: "the image is staged, and no answer could be read", versions: in(v1.Transferring, v1.Pending, 70), more: judged(70, 2, nil), changes: stages},
		{name: "the image is staged, and the answers were not the truth", versions: in(v1.Transferring, v1.Pending, 70), more: judged(70, 2, idle), changes: stages},
		{name: "the image is staged by another generation", versions: in(v1.Transferring, v1.Pending, 70), more: judged(70, 2, &devicesim.Health{
			Running: "fw:1", Healthy: true, Staged: &devicesim.StagedImage{Image: "fw:2", Key: uid + "/0/1"}}),
			changes: changes(burn(0, 0, 1), change(5, devicesim.ImageStaged, "fw:2", uid+"/0/1"))},
		{name: "the deadline of a reboot passed, and it runs", versions: in(v1.Rebooting, v1.Pending, 130), more: judged(130, 4, runs), changes: up, at: 130,
			expected: "leaves Rebooting for the next phase, since the observation showed that fw:2 is running", found: success},
		{name: "the deadline of a reboot passed, and it is still to reboot", versions: in(v1.Rebooting, v1.Pending, 130), more: judged(130, 2, staged), changes: stages},
		{name: "a reboot has longer than a transfer", versions: in(v1.Rebooting, v1.Pending, 129), more: judged(129, 2, staged), changes: stages, at: 129, found: early},
		{name: "the deadline passed, and the device is healthy", versions: in(v1.Verifying, v1.Pending, 190), more: judged(190, 4, runs), changes: up, at: 190,
			expected: "leaves Verifying for the next phase, since the observation showed that fw:2 is running and healthy", found: success},
		{name: "the deadline passed, and nobody knows who judged it", versions: []Version{stored(0, 1, v1.Transferring, 1), stored(60, 1, v1.Pending, 1)}},
		{name: "too early, and nobody knows who judged it", versions: []Version{stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(59, 1, v1.Pending, 1)},
			at: 59, found: early},
		{name: "a new generation is no failure", versions: []Version{stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(5, 2, v1.Pending, 0)}},
		{name: "success", versions: in(v1.Verifying, v1.Succeeded, 40), changes: up},
	} {
		r.check(t, FailuresReal{})
	}
}
