package invariant

import (
	"fmt"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// NoNeedlessBurn is the invariant that an image which the device already runs is not
// burned again.
type NoNeedlessBurn struct{}

// Promise is the invariant in one sentence.
func (NoNeedlessBurn) Promise() string {
	return "an image that the device runs, with nothing staged or under way, is not burned while it is healthy, nor by the first attempt until the verify deadline, or half the transfer deadline if that is less, has passed"
}

// Check replays the device's state changes.
func (NoNeedlessBurn) Check(e Evidence) *Breach {
	if e.BeyondBound {
		return nil
	}
	uid := string(e.Versions[0].Object.UID)
	p := e.after(0)
	for _, c := range e.StateChanges {
		if g, n, ours := attemptOf(c.Key, uid); ours && c.Kind == devicesim.BurnStarted && !c.ByHand && p.idleOn(c.Image) {
			lasted, patience := c.At.Sub(e.begun(g, n, c.At)), min(e.Timing.Verify, e.Timing.Transfer/2)
			switch {
			case p.healthy:
				return breach(c.At, fmt.Sprintf("%s left alone, which the device ran, healthy, with nothing staged or under way", c.Image), "the device started burning it")
			case n == 1 && lasted < patience:
				return breach(c.At, fmt.Sprintf("%s left alone for %v, which the device ran, not healthy yet, with nothing staged or under way", c.Image, patience),
					fmt.Sprintf("the device started burning it %v into the first attempt", lasted))
			}
		}
		p.apply(c)
	}
	return nil
}

// begun returns since when an attempt is said to be in Transferring at a time, zero if it
// never was. Somebody may have put that back or ahead by hand.
func (e Evidence) begun(generation int64, attempt int32, at time.Time) (since time.Time) {
	for _, v := range e.Versions {
		s := v.status()
		if s == nil || s.ObservedGeneration != generation || s.Phase != v1.Transferring || s.Attempts != attempt {
			continue
		}
		if since.IsZero() || e.byHand(v) && !v.At.After(at) {
			since = s.LastTransitionTime.Time
		}
	}
	return since
}
