package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestNoNeedlessBurn(t *testing.T) {
	deeds := func(d ...devicesim.StateChange) []devicesim.StateChange { return d }
	of := func(at int, image string) devicesim.StateChange {
		return deed(at, devicesim.BurnStarted, image, uid+"/1/1")
	}
	unsound := booted(5, "fw:2")
	unsound.Healthy = false
	warm := deed(20, devicesim.BecameHealthy, "fw:2", "")
	warm.Healthy = true
	const found = "the device began to burn it"
	for _, r := range []row{
		{name: "another image", deeds: deeds(of(1, "fw:2"))},
		{name: "the image that it runs", deeds: deeds(of(1, "fw:1")), at: 1,
			expected: "fw:1 left alone, which the device ran, healthy, with nothing staged or under way", found: found},
		{name: "the image that it came up with", deeds: deeds(of(1, "fw:2"), deed(2, devicesim.ImageStaged, "fw:2", uid+"/1/1"), reboot(3), booted(5, "fw:2"), of(7, "fw:2")),
			at: 7, found: found},
		{name: "it is not healthy on it yet", deeds: deeds(reboot(3), unsound, of(38, "fw:2")), at: 38,
			expected: "fw:2 left alone for 30s, which the device ran, not healthy yet, with nothing staged or under way", found: "the device began to burn it 29s into the first attempt"},
		{name: "it had its time, and is not healthy on it", deeds: deeds(reboot(3), unsound, of(39, "fw:2"))},
		{name: "it is not healthy on it, and this is a retry", deeds: deeds(reboot(3), unsound, deed(10, devicesim.BurnStarted, "fw:2", uid+"/1/2"))},
		{name: "it is healthy by then", deeds: deeds(reboot(3), unsound, warm, of(39, "fw:2")), at: 39, found: found},
		{name: "another is staged", deeds: deeds(of(1, "fw:2"), deed(2, devicesim.ImageStaged, "fw:2", uid+"/1/1"), of(7, "fw:1"))},
		{name: "another is under way", deeds: deeds(of(1, "fw:2"), of(7, "fw:1"))},
		{name: "another has stalled", deeds: deeds(of(1, "fw:2"), deed(2, devicesim.TransferStalled, "fw:2", ""), of(7, "fw:1"))},
		{name: "another broke", deeds: deeds(of(1, "fw:2"), deed(2, devicesim.TransferFailed, "fw:2", ""), of(7, "fw:1")), at: 7, found: found},
		{name: "another was lost with the power", deeds: deeds(of(1, "fw:2"), deed(2, devicesim.PowerCut, "", ""), booted(5, "fw:1"), of(7, "fw:1")), at: 7, found: found},
		{name: "somebody else's burn", deeds: deeds(deed(1, devicesim.BurnStarted, "fw:1", "by hand"))},
	} {
		r.versions = []Version{created(0), stored(9, 1, v1.Transferring, 1), stored(10, 1, v1.Transferring, 2)}
		r.check(t, NoNeedlessBurn{})
	}
}
