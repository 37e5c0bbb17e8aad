package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"

	"example.com/edge-device-operator/devicesim"
)

// SucceededRuns is the invariant that Succeeded is the truth.
type SucceededRuns struct{}

// Promise says it in one sentence.
func (SucceededRuns) Promise() string {
	return "Succeeded is stored only when the device really runs the image"
}

// Check replays what the device did until Succeeded was stored.
func (SucceededRuns) Check(e Evidence) (time.Time, string) {
	var phase v1.Phase
	for _, v := range e.Versions {
		s := v.Object.Status
		if s == nil {
			continue
		}
		if s.Phase == v1.Succeeded && phase != v1.Succeeded {
			running, up := e.Initial, true
			for _, d := range e.Deeds {
				if d.At.After(v.At) {
					break
				}
				switch d.Kind {
				case devicesim.RebootBegan:
					up = false
				case devicesim.Booted:
					running, up = d.Image, true
				}
			}
			if !up || running != v.Object.Spec.Image {
				return v.At, fmt.Sprintf("Succeeded on %s, but the device runs %s (up: %t)", v.Object.Spec.Image, running, up)
			}
		}
		phase = s.Phase
	}
	return time.Time{}, ""
}
