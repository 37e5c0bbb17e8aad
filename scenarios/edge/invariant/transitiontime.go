package invariant

import (
	"fmt"
	"time"

	apiequality "k8s.io/apimachinery/pkg/api/equality"
)

// TransitionTime is the invariant that the time in the status, from which all due times
// are computed, is right.
type TransitionTime struct{}

// Promise is the invariant in one sentence.
func (TransitionTime) Promise() string {
	return "status.lastTransitionTime is when the transition was written, to the microsecond, and changes only with the next one; but a time that is ahead of the clock is replaced by the time at which that is noticed; status.deviceErrors.time is when the report was written"
}

// Check compares it with when the request that stored it was sent.
func (TransitionTime) Check(e Evidence) *Breach {
	var before Version
	for _, v := range e.Versions {
		s := v.status()
		if s == nil || e.Foreign[v.Object.ResourceVersion] {
			before = v
			continue
		}
		stamp := s.LastTransitionTime.Time
		was := before.status()
		before = v
		at, known := e.written(v)
		if known && s.DeviceErrors != nil && !s.DeviceErrors.Time.Time.Equal(at) && (was == nil || !apiequality.Semantic.DeepEqual(was.DeviceErrors, s.DeviceErrors)) {
			return breach(v.At, fmt.Sprintf("deviceErrors.time %v, when it was written", clock(at)), "deviceErrors.time "+clock(s.DeviceErrors.Time.Time))
		}
		if was != nil && was.ObservedGeneration == s.ObservedGeneration && was.Phase == s.Phase && was.Attempts == s.Attempts {
			ahead := was.LastTransitionTime.Time.After(stamp) && (stamp.Equal(at) || !known)
			if !stamp.Equal(was.LastTransitionTime.Time) && !ahead {
				return breach(v.At, fmt.Sprintf("lastTransitionTime stays %v, since %s does", clock(was.LastTransitionTime.Time), s.Phase), "it is now "+clock(stamp))
			}
			continue
		}
		if known && !stamp.Equal(at) {
			return breach(v.At, fmt.Sprintf("lastTransitionTime %v, when %s was written", clock(at), s.Phase), "lastTransitionTime "+clock(stamp))
		}
	}
	return nil
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000000") }
