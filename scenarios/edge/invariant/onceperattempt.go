package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"

	"example.com/edge-device-operator/devicesim"
)

// OncePerAttempt is the invariant that an attempt does nothing twice to the device.
type OncePerAttempt struct{}

// Promise is the invariant in one sentence.
func (OncePerAttempt) Promise() string {
	return "an attempt burns the device at most once, unless the device lost its state or somebody burned it by hand, and reboots it at most once"
}

// Check counts the burns by the attempt in their key, and the reboots by the attempt
// that was current when they started.
func (OncePerAttempt) Check(e Evidence) *Breach {
	uid := string(e.Versions[0].Object.UID)
	type attempt struct {
		generation int64
		number     int32
	}
	burns, reboots := map[attempt]int{}, map[attempt]int{}
	begun := false // the device has burned for this object
	for _, c := range e.StateChanges {
		switch c.Kind {
		case devicesim.BurnStarted:
			if c.ByHand {
				clear(burns) // a person's; the transfer that it replaced may be started again
			}
			g, n, ok := attemptOf(c.Key, uid)
			if c.ByHand || !ok {
				continue // or another object's
			}
			begun = true
			a := attempt{g, n}
			burns[a]++
			if burns[a] > 1 {
				return breach(c.At, fmt.Sprintf("1 burn for attempt %d of generation %d", n, g), fmt.Sprintf("double burn: the device started %d", burns[a]))
			}
		case devicesim.StateLost:
			clear(burns)
		case devicesim.Booted:
			if c.Fault == "lose-staged" {
				clear(burns) // and the record of the transfer
			}
		case devicesim.RebootStarted:
			if c.ByHand || !begun {
				// A person's, or that of an earlier object with this name. If that was
				// deleted at the instant at which this one was created, times can't tell
				// them apart.
				continue
			}
			s := rebootingAt(e.Versions, c.At)
			if s == nil || !e.Deleted.IsZero() && !c.At.Before(e.Deleted) {
				continue // before this object's time, or after it
			}
			a := attempt{s.ObservedGeneration, s.Attempts}
			reboots[a]++
			if reboots[a] > 1 {
				return breach(c.At, fmt.Sprintf("1 reboot in attempt %d of generation %d", a.number, a.generation), fmt.Sprintf("double reboot: the device started %d", reboots[a]))
			}
		}
	}
	return nil
}

// rebootingAt returns the status that was current at the time of a reboot. If there
// were several in that instant, it is the last that was Rebooting, if there is one.
// It is nil if there was no status.
func rebootingAt(versions []Version, at time.Time) *v1.DeviceDeploymentStatus {
	var last, rebooting *v1.DeviceDeploymentStatus
	for _, v := range versions {
		if v.At.After(at) {
			break
		}
		if v.At.Before(at) {
			rebooting = nil // this version replaced it before that instant
		}
		last = v.status()
		if last != nil && last.Phase == v1.Rebooting {
			rebooting = last
		}
	}
	if rebooting != nil {
		return rebooting
	}
	return last
}
