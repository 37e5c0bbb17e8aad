package invariant

import (
	"fmt"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// NoNeedlessBurn is the invariant that what is there already is left alone.
type NoNeedlessBurn struct{}

// Promise says it in one sentence.
func (NoNeedlessBurn) Promise() string {
	return "an image that the device runs, with nothing staged or under way, is not burned while it is healthy, nor in the first attempt before the verify deadline, or half the transfer deadline if that is less, has passed"
}

// Check replays what the device did.
func (NoNeedlessBurn) Check(e Evidence) *Breach {
	if e.BeyondBound {
		return nil
	}
	uid := string(e.Versions[0].Object.UID)
	p := e.after(0)
	for _, d := range e.Deeds {
		if g, n, ours := attemptOf(d.Key, uid); ours && d.Kind == devicesim.BurnStarted && p.restsOn(d.Image) {
			lasted, patience := d.At.Sub(e.begun(g, n)), min(e.Timing.Verify, e.Timing.Transfer/2)
			switch {
			case p.healthy:
				return breach(d.At, fmt.Sprintf("%s left alone, which the device ran, healthy, with nothing staged or under way", d.Image), "the device began to burn it")
			case n == 1 && lasted < patience:
				return breach(d.At, fmt.Sprintf("%s left alone for %v, which the device ran, not healthy yet, with nothing staged or under way", d.Image, patience),
					fmt.Sprintf("the device began to burn it %v into the first attempt", lasted))
			}
		}
		p.does(d)
	}
	return nil
}

// begun is when an attempt was stored, zero where it never was.
func (e Evidence) begun(generation int64, attempt int32) time.Time {
	for _, v := range e.Versions {
		if s := v.status(); s != nil && s.ObservedGeneration == generation && s.Phase == v1.Transferring && s.Attempts == attempt {
			return s.LastTransitionTime.Time
		}
	}
	return time.Time{}
}
