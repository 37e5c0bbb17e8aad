package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// SucceededRuns is the invariant that Succeeded is the truth.
type SucceededRuns struct{}

// Promise says it in one sentence.
func (SucceededRuns) Promise() string {
	return "Succeeded is stored only when the device really ran the image, healthy, at the look that it is based on"
}

// Check replays what the device did until that look.
func (SucceededRuns) Check(e Evidence) *Breach {
	var phase v1.Phase
	for _, v := range e.Versions {
		s := v.status()
		if s == nil {
			continue
		}
		if s.Phase == v1.Succeeded && phase != v1.Succeeded && !e.byHand(v) {
			if now, ran := e.ranAtLook(v); !ran {
				return breach(v.At, fmt.Sprintf("the device runs %s, healthy, at the look before Succeeded", v.Object.Spec.Image), "the device "+now)
			}
		}
		phase = s.Phase
	}
	return nil
}

// ranAtLook says whether the device ran a version's image, healthy, at one of
// the two answers that the look before its write came to, and what it did. A
// device tells no two lies in a row.
func (e Evidence) ranAtLook(v Version) (now string, ran bool) {
	looks := e.turnOf(v.Operation).looks()
	if len(looks) == 0 {
		return e.ran(v.Object.Spec.Image, v.At)
	}
	for _, o := range looks[max(0, len(looks)-2):] {
		for _, p := range e.during(o) {
			ran = ran || p.runs(v.Object.Spec.Image)
			now = p.String()
		}
	}
	return now, ran
}

// ran says whether the device ran an image, healthy, at some point of an
// instant, and what it did at the end of it. What became of it later in the
// same instant is drift: nobody could have known.
func (e Evidence) ran(image string, at time.Time) (now string, ran bool) {
	p := e.after(0)
	for _, d := range e.Deeds {
		if d.At.After(at) {
			break
		}
		if d.At.Equal(at) {
			ran = ran || p.runs(image)
		}
		p.does(d)
	}
	return p.String(), ran || p.runs(image)
}
