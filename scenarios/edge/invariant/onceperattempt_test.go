package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestOncePerAttempt(t *testing.T) {
	versions := []Version{
		created(0), stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(20, 1, v1.Rebooting, 1), stored(40, 1, v1.Pending, 1),
		stored(50, 1, v1.Transferring, 2), stored(70, 1, v1.Rebooting, 2), stored(90, 1, v1.Verifying, 2),
	}
	// The spec changes at the instant of a reboot, and the next generation starts at
	// once.
	changed := []Version{
		stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(20, 1, v1.Rebooting, 1),
		stored(20, 2, v1.Pending, 0), stored(20, 2, v1.Transferring, 1), stored(60, 2, v1.Rebooting, 1),
	}
	changes := func(d ...devicesim.StateChange) []devicesim.StateChange { return d }
	lost := booted(5, "fw:1")
	lost.Fault = "lose-staged"
	for _, r := range []row{
		{name: "nothing done", versions: versions},
		{name: "one burn and one reboot in each attempt", versions: versions, changes: changes(burn(0, 1, 1), reboot(20), burn(50, 1, 2), reboot(70))},
		{name: "a second burn in an attempt", versions: versions, changes: changes(burn(0, 1, 1), burn(7, 1, 1)),
			at: 7, expected: "1 burn for attempt 1 of generation 1", found: "double burn: the device started 2"},
		{name: "a second burn much later", versions: versions, changes: changes(burn(0, 1, 1), burn(50, 1, 2), burn(60, 1, 1)),
			at: 60, expected: "1 burn for attempt 1 of generation 1", found: "double burn: the device started 2"},
		{name: "a second burn under another key of the same attempt", versions: versions,
			changes: changes(burn(0, 1, 1), change(7, devicesim.BurnStarted, "fw:2", uid+"/1/1/again")),
			at:      7, expected: "1 burn for attempt 1 of generation 1", found: "double burn: the device started 2"},
		{name: "the same attempt of two generations", versions: versions, changes: changes(burn(0, 1, 1), burn(10, 2, 1))},
		{name: "the same attempt of another object", versions: versions, changes: changes(burn(0, 1, 1), change(5, devicesim.BurnStarted, "fw:2", "another/1/1"))},
		{name: "somebody burns by hand, twice", versions: versions, changes: changes(
			burn(0, 1, 1), burnByHand(5, ""), burnByHand(6, uid+"/1/1"))},
		{name: "a second burn once somebody burned by hand", versions: versions, changes: changes(burn(0, 1, 1), burnByHand(5, ""), burn(7, 1, 1))},
		{name: "a third burn though somebody burned by hand only once", versions: versions,
			changes: changes(burn(0, 1, 1), burnByHand(5, ""), burn(7, 1, 1), burn(9, 1, 1)), at: 9, found: "double burn"},
		{name: "a second burn once the device forgot", versions: versions, changes: changes(burn(0, 1, 1), change(5, devicesim.StateLost, "", ""), burn(7, 1, 1))},
		{name: "a third burn though it forgot only once", versions: versions, changes: changes(burn(0, 1, 1), change(5, devicesim.StateLost, "", ""), burn(7, 1, 1), burn(9, 1, 1)),
			at: 9, found: "double burn"},
		{name: "a second burn once the reboot lost what was staged", versions: versions, changes: changes(burn(0, 1, 1), lost, burn(7, 1, 1))},
		{name: "a second burn after a reboot that lost nothing", versions: versions, changes: changes(burn(0, 1, 1), booted(5, "fw:1"), burn(7, 1, 1)), at: 7, found: "double burn"},
		{name: "a second reboot in an attempt", versions: versions, changes: changes(burn(0, 1, 1), reboot(20), booted(30, "fw:1"), reboot(35)),
			at: 35, expected: "1 reboot in attempt 1 of generation 1", found: "double reboot: the device started 2"},
		{name: "somebody reboots it by hand, before and after", versions: versions, changes: changes(byHand(15), booted(18, "fw:1"), reboot(20), booted(30, "fw:2"), byHand(35))},
		{name: "a second reboot in a later attempt", versions: versions, changes: changes(burn(0, 1, 1), reboot(20), reboot(70), reboot(75)),
			at: 75, expected: "1 reboot in attempt 2 of generation 1", found: "double reboot: the device started 2"},
		{name: "a reboot before the object's time", versions: []Version{stored(10, 1, v1.Pending, 0)}, changes: changes(reboot(1), reboot(2))},
		{name: "a second reboot once the object is deleted", versions: versions, changes: changes(reboot(70), reboot(95)), more: func(e *Evidence) { e.Deleted = second(91) }},
		{name: "a reboot for the object before it, in the instant in which both were created and rebooted", versions: []Version{
			stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(0, 1, v1.Rebooting, 1),
		}, changes: changes(change(0, devicesim.BurnStarted, "fw:2", "another/1/1"), reboot(0), booted(0, "fw:2"), burn(0, 1, 1), reboot(0))},
		{name: "a reboot in the instant in which Rebooting is stored", versions: versions, changes: changes(reboot(20))},
		{name: "a reboot of the generation that the same instant ends", versions: changed, changes: changes(reboot(20), reboot(60))},
		{name: "a second reboot of the generation that the same instant began", versions: changed, changes: changes(burn(0, 1, 1), reboot(20), reboot(60), reboot(65)),
			at: 65, expected: "1 reboot in attempt 1 of generation 2", found: "double reboot: the device started 2"},
	} {
		r.check(t, OncePerAttempt{})
	}
}

// byHand is a reboot that a person requested with curl.
func byHand(at int) devicesim.StateChange {
	d := reboot(at)
	d.ByHand = true
	return d
}
