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
			if now, ran := e.ran(v.Object.Spec.Image, v.At); !ran {
				return v.At, fmt.Sprintf("Succeeded on %s, but the device %s", v.Object.Spec.Image, now)
			}
		}
		phase = s.Phase
	}
	return time.Time{}, ""
}

// ran says whether the device ran an image at some point of an instant, and
// what it did at the end of it. What became of it later in the same instant
// is drift: nobody could have known.
func (e Evidence) ran(image string, at time.Time) (now string, ran bool) {
	running, up := e.Initial, true
	for _, d := range e.Deeds {
		if d.At.After(at) {
			break
		}
		if d.At.Equal(at) {
			ran = ran || up && running == image
		}
		switch d.Kind {
		case devicesim.RebootBegan:
			up = false
		case devicesim.Booted:
			running, up = d.Image, true
		}
	}
	if !up {
		return "is down", ran
	}
	return "runs " + running, ran || running == image
}
