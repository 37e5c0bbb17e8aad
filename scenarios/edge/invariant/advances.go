package invariant

import (
	"fmt"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Advances is the invariant that a rollout enters its next phase only if its device
// has really got there.
type Advances struct{}

// Promise is the invariant in one sentence.
func (Advances) Promise() string {
	return "Transferring is left for Rebooting only if the image is really staged, by this generation or an earlier one that asks for the same image; Transferring is left for Verifying only if the device really runs the image with nothing staged or under way, and is healthy or has completed this attempt's own transfer; Rebooting is left for Verifying only if the device really runs the image"
}

// Check compares each such transition with the real state of the device at the
// observation that it is based on. A device gives no two wrong readings in a row.
func (Advances) Check(e Evidence) *Breach {
	if e.BeyondBound {
		return nil
	}
	var was *v1.DeviceDeploymentStatus
	for _, v := range e.Versions {
		s := v.status()
		if was != nil && s != nil && was.ObservedGeneration == s.ObservedGeneration && !e.byHand(v) {
			if expected, instead := e.advance(was.Phase, s.Phase, v); instead != "" {
				return breach(v.At, fmt.Sprintf("%s at the observation before %s → %s", expected, was.Phase, s.Phase), "the device "+instead)
			}
		}
		was = s
	}
	return nil
}

// advance returns what a transition requires and what the device did instead; that is
// empty if the requirement was met.
func (e Evidence) advance(from, to v1.Phase, v Version) (expected, instead string) {
	o := v.Object
	var ready func(physical) bool
	switch {
	case from == v1.Transferring && to == v1.Rebooting:
		expected = fmt.Sprintf("%s staged by generation %d", o.Spec.Image, o.Status.ObservedGeneration)
		ready = func(p physical) bool { return p.stagedFor(o.Spec.Image, e.burnsFor(o.Status.ObservedGeneration)) }
	case from == v1.Transferring && to == v1.Verifying:
		expected = o.Spec.Image + " running, healthy or by this attempt's own transfer, with nothing staged or under way,"
		own := attemptKey(o.UID, o.Status.ObservedGeneration, o.Status.Attempts)
		ready = func(p physical) bool {
			return p.idleOn(o.Spec.Image) && (p.healthy || p.done == own)
		}
	case from == v1.Rebooting && to == v1.Verifying:
		expected = o.Spec.Image + " running"
		ready = func(p physical) bool { return p.up && p.running == o.Spec.Image }
	default:
		return "", ""
	}
	if o.Status.ObservedGeneration != o.Generation {
		return "", "" // the image that this generation asked for is no longer known
	}
	deciding, _ := e.decision(v)
	observation := deciding.observation()
	if len(observation) == 0 {
		if v.Operation > 0 {
			return expected, "was not observed"
		}
		return "", ""
	}
	for _, reading := range observation.lastTwo() {
		for _, p := range e.during(reading) {
			if ready(p) {
				return "", ""
			}
			instead = p.String()
			if p.staged != "" {
				instead += ", with " + p.staged + " staged"
			}
			if p.underWay {
				instead += ", with a transfer under way"
			}
		}
	}
	return expected, instead
}
