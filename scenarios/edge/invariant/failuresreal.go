package invariant

import (
	"fmt"
	"slices"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// FailuresReal is the invariant that no attempt fails without a reason.
type FailuresReal struct{}

// Promise is the invariant in one sentence.
func (FailuresReal) Promise() string {
	return "an attempt fails only if the device really broke it, or if its deadline had passed when the deciding observation began and that observation showed no success"
}

// Check looks at what the device really did in each attempt that failed.
func (FailuresReal) Check(e Evidence) *Breach {
	if e.BeyondBound {
		return nil
	}
	var before, begun Version
	byHand := false // somebody made a transition of this attempt by hand
	for _, v := range e.Versions {
		s := v.status()
		if s == nil {
			continue
		}
		if begun.Object == nil {
			begun = v
		}
		if was := before.status(); was != nil && was.ObservedGeneration == s.ObservedGeneration && was.Phase != s.Phase {
			if s.Phase == v1.Transferring {
				begun, byHand = v, false
			} else {
				byHand = byHand || e.byHand(v)
			}
			if failed := s.Phase == v1.Failed || s.Phase == v1.Pending; failed && !byHand && e.deadline(was.Phase) > 0 {
				if expected, found := e.unjustified(begun, before, v); found != "" {
					return breach(v.At, fmt.Sprintf("attempt %d of generation %d %s", s.Attempts, s.ObservedGeneration, expected), found)
				}
			}
		}
		before = v
	}
	return nil
}

// status returns a version's status, nil if there is none yet.
func (v Version) status() *v1.DeviceDeploymentStatus {
	if v.Object == nil || v.Object.Status.ObservedGeneration == 0 {
		return nil
	}
	return &v.Object.Status
}

// deadline returns how long a phase may last, 0 if it has no deadline.
func (e Evidence) deadline(p v1.Phase) time.Duration {
	switch p {
	case v1.Transferring:
		return e.Timing.Transfer
	case v1.Rebooting:
		return e.Timing.Reboot
	case v1.Verifying:
		return e.Timing.Verify
	}
	return 0
}

// unjustified returns what should have happened to an attempt that failed without a
// reason, and how it failed; found is empty if there was a reason.
func (e Evidence) unjustified(begun, before, failed Version) (expected, found string) {
	o := begun.Object
	own, burns := attemptKey(o.UID, before.status().ObservedGeneration, before.status().Attempts), e.burnsFor(before.status().ObservedGeneration)
	deciding, known := e.decision(failed)
	if !known {
		return "", ""
	}
	judged := failed.At
	if len(deciding) > 0 {
		judged = deciding.began()
	}
	phase, image := before.status().Phase, before.Object.Spec.Image
	success := e.showsSuccess(deciding.observation(), phase, image, own, burns)
	if phase == v1.Verifying {
		if e.ranAnother(deciding.observation(), image, failed.At) {
			return "", ""
		}
	} else if !success {
		for _, c := range e.StateChanges {
			if !c.At.Before(begun.At) && !c.At.After(failed.At) && breaksAttempt(c, image, burns) {
				return "", ""
			}
		}
	}
	lasted := judged.Sub(before.status().LastTransitionTime.Time)
	switch {
	case lasted < e.deadline(phase):
		return fmt.Sprintf("stays in %s, since the device didn't break it, and the phase may last %v", phase, e.deadline(phase)),
			fmt.Sprintf("it failed, at an observation %v into the phase", lasted)
	case success:
		return fmt.Sprintf("leaves %s for the next phase, since the observation showed that %s is %s", phase, image, goals[phase]), "it failed"
	}
	return "", ""
}

// goals are what an image is at the end of a phase.
var goals = map[v1.Phase]string{v1.Transferring: "staged", v1.Rebooting: "running", v1.Verifying: "running and healthy"}

// breaksAttempt says whether a state change breaks an attempt in Transferring or
// Rebooting whose transfers are burns. An image that isn't healthy breaks no attempt:
// it may only need time.
func breaksAttempt(c devicesim.StateChange, image string, burns func(key string) bool) bool {
	ours := burns(c.Key)
	switch c.Kind {
	case devicesim.PowerCut, devicesim.StateLost:
		return true
	case devicesim.Booted:
		return c.Image != image
	case devicesim.BurnStarted:
		return !ours
	case devicesim.TransferFailed:
		return ours
	case devicesim.ImageStaged:
		return ours && c.Image != image
	}
	return false
}

// ranAnother says whether the device really ran another image during one of the last
// two readings of an observation, or at that time if there was no observation.
func (e Evidence) ranAnother(observation reconcile, image string, at time.Time) bool {
	states := []physical{e.at(at)}
	if len(observation) > 0 {
		states = nil
		for _, o := range observation.lastTwo() {
			states = append(states, e.during(o)...)
		}
	}
	return slices.ContainsFunc(states, func(p physical) bool { return p.up && p.running != image })
}

// showsSuccess says whether the last two readings of an observation agree that the
// phase has reached its goal, and whether they are right.
func (e Evidence) showsSuccess(observation reconcile, phase v1.Phase, image, own string, burns func(key string) bool) bool {
	if pair := observation.lastTwo(); len(pair) < 2 || !agree(pair[0], pair[1]) {
		return false
	}
	for _, o := range observation.lastTwo() {
		p := e.after(o.Before)
		if o.Health == nil || !p.matches(o.Health) {
			return false
		}
		success := p.running == image
		switch phase {
		case v1.Transferring:
			success = p.stagedFor(image, burns) || p.idleHealthyOn(image) || p.idleOn(image) && p.done == own
		case v1.Rebooting:
			success = success && !p.stagedFor(image, burns)
		case v1.Verifying:
			success = success && p.healthy
		}
		if !success {
			return false
		}
	}
	return true
}
