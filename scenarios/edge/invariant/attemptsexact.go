package invariant

import (
	"fmt"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// AttemptsExact is the invariant that attempts are counted exactly: none is
// forgotten, none is counted twice, and Failed does not come early.
type AttemptsExact struct{}

// Promise is the invariant in one sentence.
func (AttemptsExact) Promise() string {
	return "status.attempts is exactly the number of attempts begun, never exceeds maxAttempts, and Failed means that all of them were used"
}

// Check counts the attempts in the history.
func (AttemptsExact) Check(e Evidence) *Breach {
	var generation int64
	var count int32
	var phase v1.Phase
	for _, v := range e.Versions {
		s := v.status()
		if s == nil {
			continue
		}
		if s.ObservedGeneration != generation {
			generation, count, phase = s.ObservedGeneration, 0, ""
		}
		if s.Phase == v1.Transferring && phase != v1.Transferring {
			count++
			if limit := v.Object.Spec.RetryPolicy.MaxAttempts; count > limit {
				return breach(v.At, fmt.Sprintf("no attempt after number %d, which is maxAttempts", limit), fmt.Sprintf("attempt %d was begun", count))
			}
		}
		if s.Attempts != count {
			return breach(v.At, fmt.Sprintf("attempts %d, as many as were begun", count), fmt.Sprintf("attempts %d, with %s", s.Attempts, s.Phase))
		}
		if s.Phase == v1.Failed && phase != v1.Failed && count < v.Object.Spec.RetryPolicy.MaxAttempts {
			return breach(v.At, fmt.Sprintf("Failed after attempt %d, which is maxAttempts", v.Object.Spec.RetryPolicy.MaxAttempts), fmt.Sprintf("Failed after attempt %d", count))
		}
		phase = s.Phase
	}
	return nil
}
