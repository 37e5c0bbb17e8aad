package invariant

import (
	"fmt"
	"slices"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// FailuresReal is the invariant that no attempt is given up without a reason.
type FailuresReal struct{}

// Promise says it in one sentence.
func (FailuresReal) Promise() string {
	return "an attempt fails only if the device really broke it, or if its deadline had passed when the look began that judged it, and that look showed no success"
}

// Check looks for what really happened in each attempt that failed.
func (FailuresReal) Check(e Evidence) *Breach {
	if e.BeyondBound {
		return nil
	}
	var before, begun Version
	byHand := false // somebody took a step of this attempt: it rests on their word
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
				if expected, found := e.unfounded(begun, before, v); found != "" {
					return breach(v.At, fmt.Sprintf("attempt %d of generation %d %s", s.Attempts, s.ObservedGeneration, expected), found)
				}
			}
		}
		before = v
	}
	return nil
}

// status is a version's status, nil where there is none yet.
func (v Version) status() *v1.DeviceDeploymentStatus {
	if v.Object == nil || v.Object.Status.ObservedGeneration == 0 {
		return nil
	}
	return &v.Object.Status
}

// deadline is how long a phase may last, 0 where it has no deadline.
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

// unfounded says what was to come of an attempt instead of a failure that is
// not a real one, and how it failed; nothing where it is one.
func (e Evidence) unfounded(begun, before, failed Version) (expected, found string) {
	o := begun.Object
	own, burns := fmt.Sprintf("%s/%d/%d", o.UID, before.status().ObservedGeneration, before.status().Attempts), e.burnsFor(before.status().ObservedGeneration)
	judged, look := failed.At, turn(nil)
	if failed.Operation > 0 {
		if look = e.turnOf(failed.Operation); len(look) > 0 {
			judged = look.began()
		}
	}
	phase, image := before.status().Phase, before.Object.Spec.Image
	if phase == v1.Verifying {
		if e.ranAnother(look.looks(), image, failed.At) {
			return "", ""
		}
	} else {
		for _, d := range e.Deeds {
			if !d.At.Before(begun.At) && !d.At.After(failed.At) && strikes(d, image, burns) {
				return "", ""
			}
		}
	}
	lasted := judged.Sub(before.status().LastTransitionTime.Time)
	switch success := e.showsSuccess(look.looks(), phase, image, own, burns); {
	case lasted < e.deadline(phase):
		return fmt.Sprintf("goes on in %s, since the device didn't break it, and the phase may last %v", phase, e.deadline(phase)),
			fmt.Sprintf("it failed, by a look %v into the phase", lasted)
	case success:
		return fmt.Sprintf("leaves %s for the next phase, since the look showed that %s is %s", phase, image, arrived[phase]), "it failed"
	}
	return "", ""
}

// arrived says what an image has come to at the end of a phase.
var arrived = map[v1.Phase]string{v1.Transferring: "staged", v1.Rebooting: "running", v1.Verifying: "running and healthy"}

// strikes says whether a deed breaks an attempt, with its burns, that is still
// to bring the image to run. That it isn't healthy breaks none: it may only
// need time.
func strikes(d devicesim.StateChange, image string, burns func(key string) bool) bool {
	ours := burns(d.Key)
	switch d.Kind {
	case devicesim.PowerCut, devicesim.StateLost:
		return true
	case devicesim.Booted:
		return d.Image != image
	case devicesim.BurnStarted:
		return !ours
	case devicesim.TransferFailed:
		return ours
	case devicesim.ImageStaged:
		return ours && d.Image != image
	}
	return false
}

// ranAnother says whether the device really ran another image during one of a
// look's last two answers; without a look, at that time.
func (e Evidence) ranAnother(looks turn, image string, at time.Time) bool {
	states := []physical{e.at(at)}
	if len(looks) > 0 {
		states = nil
		for _, o := range looks[max(0, len(looks)-2):] {
			states = append(states, e.during(o)...)
		}
	}
	return slices.ContainsFunc(states, func(p physical) bool { return p.up && p.running != image })
}

// showsSuccess says whether a look's last two answers agree that a phase has
// come to what it waits for, and that this is the truth.
func (e Evidence) showsSuccess(looks turn, phase v1.Phase, image, own string, burns func(key string) bool) bool {
	if len(looks) < 2 {
		return false
	}
	for _, o := range looks[len(looks)-2:] {
		p := e.after(o.Before)
		if o.Shown == nil || !p.shows(o.Shown) {
			return false
		}
		success := p.running == image
		switch phase {
		case v1.Transferring:
			success = p.stagedFor(image, burns) || p.settledOn(image) || p.restsOn(image) && p.done == own
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
