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
	return "an attempt burns the device at most once and reboots it at most once"
}

// Check counts the burns by their keys, and the reboots by the attempt that
// was in force when they began.
func (OncePerAttempt) Check(e Evidence) (time.Time, string) {
	uid := string(e.Versions[0].Object.UID)
	burns := map[string]int{}
	type attempt struct {
		generation int64
		number     int32
	}
	reboots := map[attempt]int{}
	for _, d := range e.Deeds {
		switch d.Kind {
		case devicesim.BurnBegan:
			g, n, ok := attemptOf(d.Key, uid)
			if !ok {
				continue // another object's, or a person's
			}
			burns[d.Key]++
			if burns[d.Key] > 1 {
				return d.At, fmt.Sprintf("double burn: the device was burned %d times for attempt %d of generation %d", burns[d.Key], n, g)
			}
		case devicesim.RebootBegan:
			s := statusAt(e.Versions, d.At)
			if s == nil {
				continue // before this object's time
			}
			a := attempt{s.ObservedGeneration, s.Attempts}
			reboots[a]++
			if reboots[a] > 1 {
				return d.At, fmt.Sprintf("double reboot: the device was rebooted %d times in attempt %d of generation %d", reboots[a], a.number, a.generation)
			}
		}
	}
	return time.Time{}, ""
}

// statusAt is the status that was in force at a time, nil where there was none.
func statusAt(versions []Version, at time.Time) *v1.DeviceDeploymentStatus {
	var s *v1.DeviceDeploymentStatus
	for _, v := range versions {
		if v.At.After(at) {
			break
		}
		s = v.Object.Status
	}
	return s
}
