package invariant

import (
	"time"

	"example.com/edge-device-operator/devicesim"
)

// physical is the real state of a device.
type physical struct {
	up      bool
	running string
	healthy bool
	// staged is the image in the free slot, empty if there is none.
	staged, stagedKey string
	// underWay says whether a transfer is under way, even a stalled one.
	underWay bool
	// done is the key of the last transfer, if that succeeded.
	done string
}

// after returns the state after the first n state changes.
func (e Evidence) after(n int) physical {
	p := physical{up: true, running: e.Initial, healthy: true}
	for _, c := range e.StateChanges[:min(n, len(e.StateChanges))] {
		p.apply(c)
	}
	return p
}

// at returns the state at the end of an instant.
func (e Evidence) at(t time.Time) physical {
	p := e.after(0)
	for _, c := range e.StateChanges {
		if !c.At.After(t) {
			p.apply(c)
		}
	}
	return p
}

func (p *physical) apply(c devicesim.StateChange) {
	switch c.Kind {
	case devicesim.BurnStarted:
		p.staged, p.stagedKey, p.underWay, p.done = "", "", true, ""
	case devicesim.TransferFailed:
		p.underWay = false
	case devicesim.ImageStaged:
		p.staged, p.stagedKey, p.underWay, p.done = c.Image, c.Key, false, c.Key
	case devicesim.RebootStarted, devicesim.PowerCut:
		p.up, p.underWay = false, false
	case devicesim.Booted:
		done := p.done
		if c.Fault == "lose-staged" {
			done = "" // the device loses that record, too
		}
		*p = physical{up: true, running: c.Image, healthy: c.Healthy, done: done}
	case devicesim.StateLost:
		p.done = ""
	case devicesim.BecameHealthy:
		p.healthy = c.Healthy
	}
}

// runs says whether the device is up and runs an image, healthy.
func (p physical) runs(image string) bool { return p.up && p.running == image && p.healthy }

// String describes the state after "the device".
func (p physical) String() string {
	switch {
	case !p.up:
		return "is down"
	case !p.healthy:
		return "runs " + p.running + ", not healthy"
	}
	return "runs " + p.running
}

// idleOn says whether the device is up and runs an image, healthy or not, with nothing
// staged or under way.
func (p physical) idleOn(image string) bool {
	return p.up && p.running == image && p.staged == "" && !p.underWay
}

// idleHealthyOn says whether the device is idle on an image and healthy.
func (p physical) idleHealthyOn(image string) bool { return p.idleOn(image) && p.healthy }

// matches says whether a reading is right.
func (p physical) matches(h *devicesim.Health) bool {
	staged, key := "", ""
	if h.Staged != nil {
		staged, key = h.Staged.Image, h.Staged.Key
	}
	underWay := h.Transfer != nil && h.Transfer.State == "running"
	return p.up && h.Running == p.running && h.Healthy == p.healthy && staged == p.staged && key == p.stagedKey && underWay == p.underWay
}

// stagedFor says whether an image is staged, by one of these burns.
func (p physical) stagedFor(image string, burns func(key string) bool) bool {
	return p.staged == image && burns(p.stagedKey)
}

// burnsFor returns a function that says whether a key is just that of an attempt of this
// generation, or of an earlier one from which on every generation that was observed asks
// for the same image.
func (e Evidence) burnsFor(generation int64) func(key string) bool {
	images, observed := map[int64]string{}, map[int64]bool{}
	for _, v := range e.Versions {
		images[v.Object.Generation] = v.Object.Spec.Image
		if !e.byHand(v) {
			observed[v.Object.Status.ObservedGeneration] = true
		}
	}
	return func(key string) bool {
		uid := e.Versions[0].Object.UID
		first, attempt, ours := attemptOf(key, string(uid))
		if !ours || attempt < 1 || key != attemptKey(uid, first, attempt) || first > generation {
			return false
		}
		for g := first; g < generation; g++ {
			if image, known := images[g]; (g == first || observed[g]) && (!known || image != images[generation]) {
				return false
			}
		}
		return true
	}
}

// during returns the states that the device was in between an operation's arrival and
// its end.
func (e Evidence) during(o Operation) []physical {
	p := e.after(o.Before)
	states := []physical{p}
	for n := o.Before; n < min(o.After, len(e.StateChanges)); n++ {
		p.apply(e.StateChanges[n])
		states = append(states, p)
	}
	return states
}
