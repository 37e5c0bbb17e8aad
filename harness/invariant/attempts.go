package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"

	"example.com/edge-device-operator/devicesim"
)

// AttemptsExact is the invariant that attempts are counted exactly: none is
// forgotten, none is counted twice, and Failed is not reached early.
type AttemptsExact struct{}

// Promise says it in one sentence.
func (AttemptsExact) Promise() string {
	return "status.attempts is exactly the number of attempts begun, is stored before the device hears of the attempt, never rises over maxAttempts, and Failed means that all of them were used"
}

// Check counts the attempts in the history, and compares the burns with it.
func (AttemptsExact) Check(e Evidence) (time.Time, string) {
	type attempt struct {
		generation int64
		number     int32
	}
	begun := map[attempt]time.Time{}
	var generation int64
	var count int32
	var phase v1.Phase
	for _, v := range e.Versions {
		s := v.Object.Status
		if s == nil {
			continue
		}
		if s.ObservedGeneration != generation {
			generation, count, phase = s.ObservedGeneration, 0, ""
		}
		if s.Phase == v1.Transferring && phase != v1.Transferring {
			count++
			begun[attempt{generation, count}] = v.At
			if limit := v.Object.Spec.RetryPolicy.MaxAttempts; count > limit {
				return v.At, fmt.Sprintf("attempt %d was begun, maxAttempts is %d", count, limit)
			}
		}
		if s.Attempts != count {
			return v.At, fmt.Sprintf("status.attempts is %d, %d were begun", s.Attempts, count)
		}
		if s.Phase == v1.Failed && phase != v1.Failed && count < v.Object.Spec.RetryPolicy.MaxAttempts {
			return v.At, fmt.Sprintf("Failed after %d attempts of %d", count, v.Object.Spec.RetryPolicy.MaxAttempts)
		}
		phase = s.Phase
	}
	uid := string(e.Versions[0].Object.UID)
	for _, d := range e.Deeds {
		if d.Kind != devicesim.BurnBegan {
			continue
		}
		g, n, ok := attemptOf(d.Key, uid)
		if !ok {
			continue // another object's, or a person's
		}
		if at, known := begun[attempt{g, n}]; !known || at.After(d.At) {
			return d.At, fmt.Sprintf("the device burned for attempt %d of generation %d, which was not stored yet", n, g)
		}
	}
	return time.Time{}, ""
}
