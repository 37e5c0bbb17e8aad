package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestWriteAhead(t *testing.T) {
	pending, first := stored(0, 1, v1.Pending, 0).by(1), stored(0, 1, v1.Transferring, 1).by(2)
	retry := []Version{pending, first, stored(10, 1, v1.Pending, 1).by(8), stored(20, 1, v1.Transferring, 2).by(9), stored(40, 1, v1.Rebooting, 2).by(15)}
	burns := func(d ...devicesim.StateChange) []devicesim.StateChange { return d }
	asks := func(number, at int, key string) func(*Evidence) {
		o := made(number, 7, at, Burn)
		o.Key = key
		return known(o)
	}
	reboots := func(number, at int) func(*Evidence) { return known(made(number, 7, at, Reboot)) }
	for _, r := range []row{
		{name: "a burn in the instant in which its attempt is stored", versions: retry, changes: burns(burn(20, 1, 2))},
		{name: "a burn before its attempt is stored", versions: retry, changes: burns(burn(0, 1, 1), burn(19, 1, 2)),
			at: 19, expected: "Transferring (generation 1, attempt 2) is stored before the burn for it", found: "the device started burning when Pending (generation 1, attempt 1) was stored"},
		{name: "a burn for an attempt that never comes", versions: retry, changes: burns(burn(25, 1, 3)),
			at: 25, expected: "Transferring (generation 1, attempt 3)", found: "the device started burning when Transferring (generation 1, attempt 2) was stored"},
		{name: "a burn for a generation that never comes", versions: retry, changes: burns(burn(25, 2, 1)),
			at: 25, expected: "Transferring (generation 2, attempt 1)", found: "the device started burning when Transferring (generation 1, attempt 2) was stored"},
		{name: "a late burn of an attempt that is over", versions: retry, changes: burns(burn(25, 1, 1))},
		{name: "somebody else's burns", versions: []Version{pending}, changes: burns(
			change(1, devicesim.BurnStarted, "fw:2", "another/1/1"), change(2, devicesim.BurnStarted, "fw:2", ""), change(3, devicesim.BurnStarted, "fw:2", "by hand"))},
		{name: "a request after the write, in one instant", versions: retry, more: asks(12, 20, uid+"/1/2")},
		{name: "a burn by hand, with the key of what is not stored yet", versions: retry, changes: []devicesim.StateChange{burnByHand(5, uid+"/1/3")}},
		{name: "a request before the write, in one instant", versions: retry, more: asks(5, 20, uid+"/1/2"),
			at: 20, expected: "Transferring (generation 1, attempt 2) is stored before the burn for it", found: "request #5 (burn) left when Transferring (generation 1, attempt 1) was stored"},
		{name: "a request that never reaches the device", versions: retry, more: asks(7, 9, uid+"/1/2"),
			at: 9, expected: "Transferring (generation 1, attempt 2)", found: "request #7 (burn) left when Transferring (generation 1, attempt 1) was stored"},
		{name: "a request, and nobody knows who stored the attempt", versions: []Version{pending, stored(20, 1, v1.Transferring, 1)}, more: asks(5, 20, uid+"/1/1")},
		{name: "a request of the object of that name before", versions: retry, more: asks(5, 0, "another/1/3")},
		{name: "a reboot after the write, in one instant", versions: retry, more: reboots(16, 40)},
		{name: "a reboot before the write, in one instant", versions: retry, more: reboots(14, 40),
			at: 40, expected: "Rebooting is stored before a reboot is asked for", found: "request #14 (reboot) left when Transferring (generation 1, attempt 2) was stored"},
		{name: "a reboot without Rebooting", versions: retry[:4], more: reboots(14, 40),
			at: 40, expected: "Rebooting is stored before a reboot is asked for", found: "request #14 (reboot) left when Transferring (generation 1, attempt 2) was stored"},
		{name: "a reboot before the object was there", versions: []Version{created(50)}, more: reboots(14, 40)},
		{name: "a reboot once the object is deleted", versions: retry[:4], more: and(reboots(14, 40), func(e *Evidence) { e.Deleted = second(30) })},
	} {
		r.check(t, WriteAhead{})
	}
}
