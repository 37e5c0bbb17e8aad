package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"

	"example.com/edge-device-operator/devicesim"
)

// OncePerAttempt is the invariant that nothing is done twice.
type OncePerAttempt struct{}

// Promise says it in one sentence.
func (OncePerAttempt) Promise() string {
	return "an attempt burns the device at most once, unless the device forgot or somebody burned it by hand, and reboots it at most once"
}

// Check counts the burns by the attempts that their keys name, and the reboots
// by the attempt that was in force when they began.
func (OncePerAttempt) Check(e Evidence) *Breach {
	uid := string(e.Versions[0].Object.UID)
	type attempt struct {
		generation int64
		number     int32
	}
	burns, reboots := map[attempt]int{}, map[attempt]int{}
	begun := false // the device has burned for this object
	for _, d := range e.Deeds {
		switch d.Kind {
		case devicesim.BurnStarted:
			if d.Key == "" {
				clear(burns) // a person's: what it replaced is begun again
			}
			g, n, ok := attemptOf(d.Key, uid)
			if !ok {
				continue // another object's, or a person's
			}
			begun = true
			a := attempt{g, n}
			burns[a]++
			if burns[a] > 1 {
				return breach(d.At, fmt.Sprintf("1 burn for attempt %d of generation %d", n, g), fmt.Sprintf("double burn: the device began %d", burns[a]))
			}
		case devicesim.StateLost:
			clear(burns)
		case devicesim.Booted:
			if d.Fault == "lose-staged" {
				clear(burns) // and the record of the transfer
			}
		case devicesim.RebootStarted:
			if d.ByHand || !begun {
				// A person's, or an object's of that name before: times can't tell the
				// two apart where one instant saw the end of one and the other's creation.
				continue
			}
			s := rebootingAt(e.Versions, d.At)
			if s == nil || !e.Deleted.IsZero() && !d.At.Before(e.Deleted) {
				continue // before this object's time, or after it
			}
			a := attempt{s.ObservedGeneration, s.Attempts}
			reboots[a]++
			if reboots[a] > 1 {
				return breach(d.At, fmt.Sprintf("1 reboot in attempt %d of generation %d", a.number, a.generation), fmt.Sprintf("double reboot: the device began %d", reboots[a]))
			}
		}
	}
	return nil
}

// rebootingAt is the status that a reboot belongs to: the one that was in force
// at that time. Several may have been, one after the other in one instant; then
// it is the last that was Rebooting, if there is one. It is nil where there
// was no status.
func rebootingAt(versions []Version, at time.Time) *v1.DeviceDeploymentStatus {
	var last, rebooting *v1.DeviceDeploymentStatus
	for _, v := range versions {
		if v.At.After(at) {
			break
		}
		if v.At.Before(at) {
			rebooting = nil // what stood before this version is in force no more
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
