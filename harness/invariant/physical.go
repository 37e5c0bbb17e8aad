package invariant

import (
	"strings"
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

func (p *physical) does(d devicesim.Deed) {
	switch d.Kind {
	case devicesim.BurnBegan:
		p.staged, p.stagedKey, p.underWay, p.done = "", "", true, ""
	case devicesim.TransferBroke:
		p.underWay = false
	case devicesim.Staged:
		p.staged, p.stagedKey, p.underWay, p.done = d.Image, d.Key, false, d.Key
	case devicesim.RebootBegan, devicesim.PowerCut:
		p.up, p.underWay = false, false
	case devicesim.Booted:
		done := p.done
		if d.Fault == "lose-staged" {
			done = "" // with the record of the transfer
		}
		*p = physical{up: true, running: d.Image, healthy: d.Sound, done: done}
	case devicesim.Forgot:
		p.done = ""
	case devicesim.WarmedUp:
		p.healthy = d.Sound
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

// stagedFor says whether an image is staged by a burn of this generation.
func (p physical) stagedFor(image, generation string) bool {
	return p.staged == image && strings.HasPrefix(p.stagedKey, generation)
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
