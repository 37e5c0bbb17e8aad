package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// Monotonic is the invariant that a rollout never goes back.
type Monotonic struct{}

// Promise says it in one sentence.
func (Monotonic) Promise() string {
	return "every transition is one of the table, and strictly increases (observedGeneration, attempts, step)"
}

// Check compares each version with the one before.
func (Monotonic) Check(e Evidence) (time.Time, string) {
	var before rollout.Position
	for _, v := range e.Versions {
		after := positionOf(v.Object)
		if before != after && (!rollout.Allowed(before, after) || !rollout.Less(before, after)) {
			return v.At, fmt.Sprintf("%s → %s", describe(before), describe(after))
		}
		// The API server can't see this one, so that others may write it; we never.
		if before != after && after.Generation > v.Object.Generation && !e.Foreign[v.Object.ResourceVersion] {
			return v.At, fmt.Sprintf("observedGeneration %d is ahead of generation %d", after.Generation, v.Object.Generation)
		}
		before = after
	}
	return time.Time{}, ""
}

func positionOf(o *v1.DeviceDeployment) rollout.Position {
	if o.Status == nil {
		return rollout.Position{}
	}
	return rollout.Position{Generation: o.Status.ObservedGeneration, Phase: o.Status.Phase, Attempts: o.Status.Attempts}
}

func describe(p rollout.Position) string {
	if p.Phase == "" {
		return "no status"
	}
	return fmt.Sprintf("%s (generation %d, attempt %d)", p.Phase, p.Generation, p.Attempts)
}
