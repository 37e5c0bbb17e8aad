package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestNoNeedlessBurn(t *testing.T) {
	changes := func(d ...devicesim.StateChange) []devicesim.StateChange { return d }
	of := func(at int, image string) devicesim.StateChange {
		return change(at, devicesim.BurnStarted, image, uid+"/1/1")
	}
	unsound := booted(5, "fw:2")
	unsound.Healthy = false
	warm := change(20, devicesim.BecameHealthy, "fw:2", "")
	warm.Healthy = true
	const found = "the device started burning it"
	for _, r := range []row{
		{name: "another image", changes: changes(of(1, "fw:2"))},
		{name: "the image that it runs", changes: changes(of(1, "fw:1")), at: 1,
			expected: "fw:1 left alone, which the device ran, healthy, with nothing staged or under way", found: found},
		{name: "the image that it came up with", changes: changes(of(1, "fw:2"), change(2, devicesim.ImageStaged, "fw:2", uid+"/1/1"), reboot(3), booted(5, "fw:2"), of(7, "fw:2")),
			at: 7, found: found},
		{name: "by hand, the image that it runs", changes: changes(reboot(3), booted(5, "fw:2"), burnByHand(7, uid+"/1/1"))},
		{name: "it is not healthy on it yet", changes: changes(reboot(3), unsound, of(38, "fw:2")), at: 38,
			expected: "fw:2 left alone for 30s, which the device ran, not healthy yet, with nothing staged or under way", found: "the device started burning it 29s into the first attempt"},
		{name: "it had its time, and is not healthy on it", changes: changes(reboot(3), unsound, of(39, "fw:2"))},
		{name: "it is not healthy on it, and this is a retry", changes: changes(reboot(3), unsound, change(10, devicesim.BurnStarted, "fw:2", uid+"/1/2"))},
		{name: "it is healthy by then", changes: changes(reboot(3), unsound, warm, of(39, "fw:2")), at: 39, found: found},
		{name: "another is staged", changes: changes(of(1, "fw:2"), change(2, devicesim.ImageStaged, "fw:2", uid+"/1/1"), of(7, "fw:1"))},
		{name: "another is under way", changes: changes(of(1, "fw:2"), of(7, "fw:1"))},
		{name: "another has stalled", changes: changes(of(1, "fw:2"), change(2, devicesim.TransferStalled, "fw:2", ""), of(7, "fw:1"))},
		{name: "another broke", changes: changes(of(1, "fw:2"), change(2, devicesim.TransferFailed, "fw:2", ""), of(7, "fw:1")), at: 7, found: found},
		{name: "another was lost with the power", changes: changes(of(1, "fw:2"), change(2, devicesim.PowerCut, "", ""), booted(5, "fw:1"), of(7, "fw:1")), at: 7, found: found},
		{name: "somebody else's burn", changes: changes(change(1, devicesim.BurnStarted, "fw:1", "by hand"))},
	} {
		r.versions = []Version{created(0), stored(9, 1, v1.Transferring, 1), stored(10, 1, v1.Transferring, 2)}
		r.check(t, NoNeedlessBurn{})
	}
	back := stored(0, 1, v1.Transferring, 1)
	back.At, back.Object.ResourceVersion = second(20), "7"
	early := changes(reboot(3), unsound, of(38, "fw:2"))
	versions := []Version{created(0), stored(9, 1, v1.Transferring, 1), back}
	row{name: "somebody put the time back", versions: versions, foreign: map[string]bool{"7": true}, changes: early}.check(t, NoNeedlessBurn{})
	row{name: "the operator put the time back", versions: versions, changes: early, at: 38, found: found}.check(t, NoNeedlessBurn{})
}
