package invariant

import (
	"fmt"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Advances is the invariant that a rollout goes on only where its device does.
type Advances struct{}

// Promise says it in one sentence.
func (Advances) Promise() string {
	return "Transferring is left for Rebooting only with the image really staged, by this generation or one before it that asks for the same, for Verifying only if the device really ran it with nothing staged or under way, and was healthy or had ended this attempt's own transfer, and Rebooting for Verifying only if it really ran it"
}

// Check compares the steps forward with the truth at the look that each is
// based on. A device tells no two lies in a row.
func (Advances) Check(e Evidence) *Breach {
	if e.BeyondBound {
		return nil
	}
	var was *v1.DeviceDeploymentStatus
	for _, v := range e.Versions {
		s := v.status()
		if was != nil && s != nil && was.ObservedGeneration == s.ObservedGeneration && !e.byHand(v) {
			if expected, instead := e.advance(was.Phase, s.Phase, v); instead != "" {
				return breach(v.At, fmt.Sprintf("%s at the look before %s → %s", expected, was.Phase, s.Phase), "the device "+instead)
			}
		}
		was = s
	}
	return nil
}

// advance says what a step takes, and what the device did instead, nothing
// where all is well.
func (e Evidence) advance(from, to v1.Phase, v Version) (expected, instead string) {
	o := v.Object
	var ready func(physical) bool
	switch {
	case from == v1.Transferring && to == v1.Rebooting:
		expected = fmt.Sprintf("%s staged by generation %d", o.Spec.Image, o.Status.ObservedGeneration)
		ready = func(p physical) bool { return p.stagedFor(o.Spec.Image, e.burnsFor(o.Status.ObservedGeneration)) }
	case from == v1.Transferring && to == v1.Verifying:
		expected = o.Spec.Image + " running, healthy or by this attempt's own transfer, with nothing staged or under way,"
		own := fmt.Sprintf("%s/%d/%d", o.UID, o.Status.ObservedGeneration, o.Status.Attempts)
		ready = func(p physical) bool {
			return p.restsOn(o.Spec.Image) && (p.healthy || p.done == own)
		}
	case from == v1.Rebooting && to == v1.Verifying:
		expected = o.Spec.Image + " running"
		ready = func(p physical) bool { return p.up && p.running == o.Spec.Image }
	default:
		return "", ""
	}
	if o.Status.ObservedGeneration != o.Generation {
		return "", "" // the image that this generation asked for is no more known
	}
	looks := e.turnOf(v.Operation).looks()
	if len(looks) == 0 {
		if v.Operation > 0 {
			return expected, "was not looked at"
		}
		return "", ""
	}
	for _, look := range looks[max(0, len(looks)-2):] {
		for _, p := range e.during(look) {
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
