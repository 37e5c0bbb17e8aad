package invariant

import (
	"time"

	"example.com/edge-device-operator/devicesim"
)

// physical is what a device really is.
type physical struct {
	up      bool
	running string
	healthy bool
	// staged is the image in the free slot, empty where it is empty.
	staged, stagedKey string
	// underWay says whether a transfer is; one that has stalled is, too.
	underWay bool
	// done is the key of the last transfer, where that ended well.
	done string
}

// after is what the device is once it has done the first n of its deeds.
func (e Evidence) after(n int) physical {
	p := physical{up: true, running: e.Initial, healthy: true}
	for _, d := range e.Deeds[:min(n, len(e.Deeds))] {
		p.does(d)
	}
	return p
}

// at is what the device is at the end of an instant.
func (e Evidence) at(t time.Time) physical {
	p := e.after(0)
	for _, d := range e.Deeds {
		if !d.At.After(t) {
			p.does(d)
		}
	}
	return p
}

func (p *physical) does(d devicesim.StateChange) {
	switch d.Kind {
	case devicesim.BurnStarted:
		p.staged, p.stagedKey, p.underWay, p.done = "", "", true, ""
	case devicesim.TransferFailed:
		p.underWay = false
	case devicesim.ImageStaged:
		p.staged, p.stagedKey, p.underWay, p.done = d.Image, d.Key, false, d.Key
	case devicesim.RebootStarted, devicesim.PowerCut:
		p.up, p.underWay = false, false
	case devicesim.Booted:
		done := p.done
		if d.Fault == "lose-staged" {
			done = "" // with the record of the transfer
		}
		*p = physical{up: true, running: d.Image, healthy: d.Healthy, done: done}
	case devicesim.StateLost:
		p.done = ""
	case devicesim.BecameHealthy:
		p.healthy = d.Healthy
	}
}

// runs says whether the device is up and runs an image, healthy.
func (p physical) runs(image string) bool { return p.up && p.running == image && p.healthy }

// String says what the device does.
func (p physical) String() string {
	switch {
	case !p.up:
		return "is down"
	case !p.healthy:
		return "runs " + p.running + ", not healthy"
	}
	return "runs " + p.running
}

// restsOn says whether the device is up and runs an image, healthy or not, and
// nothing is about to change that.
func (p physical) restsOn(image string) bool {
	return p.up && p.running == image && p.staged == "" && !p.underWay
}

// settledOn says whether the device rests on an image, healthy.
func (p physical) settledOn(image string) bool { return p.restsOn(image) && p.healthy }

// shows says whether an answer is what the device really is.
func (p physical) shows(h *devicesim.Health) bool {
	staged, key := "", ""
	if h.Staged != nil {
		staged, key = h.Staged.Image, h.Staged.Key
	}
	underWay := h.Transfer != nil && h.Transfer.State == "running"
	return p.up && h.Running == p.running && h.Healthy == p.healthy && staged == p.staged && key == p.stagedKey && underWay == p.underWay
}

// stagedFor says whether an image is staged by one of these burns.
func (p physical) stagedFor(image string, burns func(key string) bool) bool {
	return p.staged == image && burns(p.stagedKey)
}

// burnsFor are the burns of a generation, and of those before it that ask for the
// same image, unless another that was taken up lies between.
func (e Evidence) burnsFor(generation int64) func(key string) bool {
	images, observed := map[int64]string{}, map[int64]bool{}
	for _, v := range e.Versions {
		images[v.Object.Generation] = v.Object.Spec.Image
		observed[v.Object.Status.ObservedGeneration] = true
	}
	return func(key string) bool {
		first, _, ours := attemptOf(key, string(e.Versions[0].Object.UID))
		if !ours || first > generation {
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

// during are the states that a device was in from an operation's arrival until
// it was over.
func (e Evidence) during(o Operation) []physical {
	p := e.after(o.Before)
	states := []physical{p}
	for n := o.Before; n < min(o.After, len(e.Deeds)); n++ {
		p.does(e.Deeds[n])
		states = append(states, p)
	}
	return states
}
