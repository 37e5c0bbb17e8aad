package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// SucceededRuns is the invariant that Succeeded is true.
type SucceededRuns struct{}

// Promise is the invariant in one sentence.
func (SucceededRuns) Promise() string {
	return "Succeeded is stored only if the device really ran the image, healthy, at the observation that it is based on"
}

// Check replays the device's state changes up to that observation.
func (SucceededRuns) Check(e Evidence) *Breach {
	var phase v1.Phase
	for _, v := range e.Versions {
		s := v.status()
		if s == nil {
			continue
		}
		if s.Phase == v1.Succeeded && phase != v1.Succeeded && !e.byHand(v) {
			if now, ran := e.ranWhenObserved(v); !ran {
				return breach(v.At, fmt.Sprintf("the device runs %s, healthy, at the observation before Succeeded", v.Object.Spec.Image), "the device "+now)
			}
		}
		phase = s.Phase
	}
	return nil
}

// ranWhenObserved says whether the device ran a version's image, healthy, at one of the
// last two readings before its write, and what it did. A device gives no two wrong
// readings in a row.
func (e Evidence) ranWhenObserved(v Version) (now string, ran bool) {
	deciding, known := e.decision(v)
	if !known {
		return "", true
	}
	observation := deciding.observation()
	if len(observation) == 0 {
		return e.ran(v.Object.Spec.Image, v.At)
	}
	for _, o := range observation.lastTwo() {
		for _, p := range e.during(o) {
			ran = ran || p.runs(v.Object.Spec.Image)
			now = p.String()
		}
	}
	return now, ran
}

// ran says whether the device ran an image, healthy, at some point of an instant, and
// what it did at its end. A change later in the same instant is drift that nobody
// could know of.
func (e Evidence) ran(image string, at time.Time) (now string, ran bool) {
	p := e.after(0)
	for _, c := range e.StateChanges {
		if c.At.After(at) {
			break
		}
		if c.At.Equal(at) {
			ran = ran || p.runs(image)
		}
		p.apply(c)
	}
	return p.String(), ran || p.runs(image)
}
