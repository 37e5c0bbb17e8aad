package invariant

import (
	"fmt"
	"time"
)

// Stamped is the invariant that the time in the status, from which all due
// times come, is the true one.
type Stamped struct{}

// Promise says it in one sentence.
func (Stamped) Promise() string {
	return "status.lastTransitionTime is when the transition was written, to the microsecond, and stays while the status does"
}

// Check compares it with when the request left that stored it.
func (Stamped) Check(e Evidence) (time.Time, string) {
	written := map[int]time.Time{}
	for _, o := range e.Operations {
		if o.Kind == Write {
			written[o.Number] = o.Began
		}
	}
	var before Version
	for _, v := range e.Versions {
		s := v.Object.Status
		if s == nil || e.Foreign[v.Object.ResourceVersion] {
			before = v
			continue
		}
		stamp := s.LastTransitionTime.Time
		was := before.status()
		before = v
		if was != nil && was.ObservedGeneration == s.ObservedGeneration && was.Phase == s.Phase && was.Attempts == s.Attempts {
			if !stamp.Equal(was.LastTransitionTime.Time) {
				return v.At, fmt.Sprintf("%s is kept, and its time is moved from %v to %v", s.Phase, clock(was.LastTransitionTime.Time), clock(stamp))
			}
			continue
		}
		if at, known := written[v.Operation]; known && !stamp.Equal(at) {
			return v.At, fmt.Sprintf("%s was written at %v, lastTransitionTime says %v", s.Phase, clock(at), clock(stamp))
		}
	}
	return time.Time{}, ""
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000000") }
