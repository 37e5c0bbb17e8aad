package invariant

import (
	"fmt"
	"strings"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/transition"
)

// Monotonic is the invariant that a rollout never goes back.
type Monotonic struct{}

// Promise is the invariant in one sentence.
func (Monotonic) Promise() string {
	return "every transition is in the table, and strictly increases (observedGeneration, attempts, rank)"
}

// Check compares each version with the one before.
func (Monotonic) Check(e Evidence) *Breach {
	var before transition.Position
	for _, v := range e.Versions {
		after := positionOf(v.Object)
		if before != after && (!transition.Allowed(before, after) || !transition.Less(before, after)) {
			return breach(v.At, fmt.Sprintf("%s → %s", describe(before), following(before, after)), fmt.Sprintf("%s → %s", describe(before), describe(after)))
		}
		// The API server's rules can't see metadata.generation, so anybody else can write
		// this; the operator must not.
		if before != after && after.Generation > v.Object.Generation && !e.Foreign[v.Object.ResourceVersion] {
			return breach(v.At, fmt.Sprintf("observedGeneration %d at most, the object's generation", v.Object.Generation), fmt.Sprintf("observedGeneration %d", after.Generation))
		}
		before = after
	}
	return nil
}

// following lists what may follow a position in the generation of after.
func following(before, after transition.Position) string {
	if before.Phase == "" || after.Generation > before.Generation {
		return describe(transition.Position{Generation: max(after.Generation, 1), Phase: v1.Pending})
	}
	attempts, may := before.Attempts, []string{}
	for _, p := range []v1.Phase{v1.Pending, v1.Transferring, v1.Rebooting, v1.Verifying, v1.Succeeded, v1.Failed} {
		for n := before.Attempts; n <= before.Attempts+1; n++ {
			to := transition.Position{Generation: before.Generation, Phase: p, Attempts: n}
			if to != before && transition.Allowed(before, to) {
				attempts, may = n, append(may, string(p))
			}
		}
	}
	if len(may) == 0 {
		return "nothing more"
	}
	return fmt.Sprintf("%s (generation %d, attempt %d)", strings.Join(may, " or "), before.Generation, attempts)
}

func positionOf(o *v1.DeviceDeployment) transition.Position {
	if o.Status.ObservedGeneration == 0 {
		return transition.Position{}
	}
	return transition.Position{Generation: o.Status.ObservedGeneration, Phase: o.Status.Phase, Attempts: o.Status.Attempts}
}

func describe(p transition.Position) string {
	if p.Phase == "" {
		return "no status"
	}
	return fmt.Sprintf("%s (generation %d, attempt %d)", p.Phase, p.Generation, p.Attempts)
}
