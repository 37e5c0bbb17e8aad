package model

import (
	"bytes"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// image is an image, by number.
type image uint8

const (
	noImage image = iota
	wrong         // what a faulty transfer stages
	old           // what the device ran at first
	first         // what the object asks for at first; edits ask for later ones
)

// phase is a v1.Phase, by number.
type phase uint8

const (
	noPhase phase = iota
	pending
	transferring
	rebooting
	verifying
	succeeded
	failed
)

var phases = [...]v1.Phase{
	noPhase: "", pending: v1.Pending, transferring: v1.Transferring, rebooting: v1.Rebooting,
	verifying: v1.Verifying, succeeded: v1.Succeeded, failed: v1.Failed,
}

func numberOf(p v1.Phase) phase {
	for n, name := range phases {
		if name == p {
			return phase(n)
		}
	}
	panic("a phase that the model doesn't know: " + p)
}

// object is one version of the DeviceDeployment. No version ever comes back,
// so two that are equal have one resourceVersion. The zero object is none.
type object struct {
	uid, generation uint8
	image           image
	observed        uint8
	phase           phase
	attempts        uint8
	unfinished      unfinished
	// reported says that errors were reported in this phase.
	reported bool
	// asked is the image of the observed generation, and since the first
	// generation that asks for it.
	asked image
	since uint8
}

// sameSince is the generation since which the image is what it is, as far as a
// controller can know.
func (o object) sameSince() uint8 {
	if o.asked == o.image {
		return o.since
	}
	return o.generation
}

// unfinished is what a status stores of a transfer that a deadline left under way:
// its attempt, and how far it had got. The zero value is none.
type unfinished struct{ generation, number, progress uint8 }

// known is how far a status says that an attempt's transfer had come.
func (o object) known(a attempt) uint8 {
	if o.unfinished.number == a.number && o.unfinished.generation == a.generation {
		return o.unfinished.progress
	}
	return 0
}

// owns says whether an attempt is of the object's present generation, or of one
// before that asks for the same image.
func (o object) owns(a attempt) bool {
	return a.uid == o.uid && a.generation >= o.sameSince() && a.generation <= o.generation
}

// attempt names the attempt that an object is in, as a burn's key does.
func (o object) attempt() attempt { return attempt{o.uid, o.generation, o.attempts} }

// ended says whether nothing is left to do for the object.
func (o object) ended() bool {
	return o.uid == 0 || o.observed == o.generation && (o.phase == succeeded || o.phase == failed)
}

// attempt is an attempt of a generation of an object; the zero attempt is none.
type attempt struct{ uid, generation, number uint8 }

// transferState is how the device's last transfer stands.
type transferState uint8

const (
	noTransfer transferState = iota
	underWay
	done
	broken
)

// device is the device as it really is.
type device struct {
	up       bool
	running  image
	healthy  bool
	staged   image
	stagedBy attempt
	transfer transferState
	// asked and takes are whose the last transfer is, and what it transfers.
	asked attempt
	takes image
	// progress is how far a transfer under way has come, and stalled says that
	// it will never go on.
	progress uint8
	stalled  bool
}

// furthest is how far a transfer comes before it ends.
const furthest = 1

// isIdleAndHealthyOn says whether the device runs an image, healthy, with nothing
// staged or under way.
func (d device) isIdleAndHealthyOn(i image) bool {
	return d.up && d.running == i && d.healthy && d.staged == noImage && d.transfer != underWay
}

// comesUp says whether the device runs an image that is not healthy, or not
// yet, and nothing is about to change what it runs.
func (d device) comesUp(i image) bool {
	return d.up && d.running == i && !d.healthy && d.staged == noImage && d.transfer != underWay
}

// activity is where a controller stands between two of its steps.
type activity uint8

const (
	idle      activity = iota
	observing          // it has read the object
	vetted             // it has read the object past the cache, too early
	writing            // it has decided on a transition
	reporting          // it has decided to report errors, which is no transition
	rereading          // it has decided on a POST
	sending            // it has read the object again, and nothing is against the POST
)

// controller is one of the two.
type controller struct {
	doing activity
	// copy is the object that it acts on.
	copy object
	// to is the transition that it has decided on, while it is writing.
	to struct {
		phase      phase
		attempts   uint8
		unfinished unfinished
		since      uint8
	}
	// earned says whether what really happened by the time of the observation
	// justifies the transition.
	earned bool
	// post is the POST that it has decided on.
	post post
}

// elapsed is how much has passed of what a phase waits for: its deadline, or the
// backoff.
type elapsed uint8

const (
	little elapsed = iota
	half           // as long as a device that isn't healthy yet is waited for
	all
)

// request is what a POST asks for.
type request uint8

const (
	noRequest request = iota
	burn
	reboot
)

// post is a POST. The zero post is none.
type post struct {
	request request
	image   image
	attempt attempt
	// current says whether its If-Match is still the device's ETag.
	current bool
}

// attempts is a set of attempts.
type attempts uint64

func (a attempt) bit() attempts {
	if a.number == 0 {
		return 0
	}
	return 1 << (uint64(a.uid-1)*16 + uint64(a.generation-1)*4 + uint64(a.number-1))
}

// world is everything there is. Two worlds that are equal have one future.
type world struct {
	object object
	// uids is how many objects there were; the present one may be deleted.
	uids uint8
	// passed is how much of the time that the object's phase waits for has
	// passed since the last transition.
	passed elapsed
	// struck says whether a fault struck since the present attempt began.
	struck bool

	device      device
	controllers [2]controller
	// wire is the POST that is on its way.
	wire post

	// burned and rebooted are the attempts that the device has burned and
	// rebooted for, as far as that can still be repeated.
	burned, rebooted attempts

	// edits and faults are how many of them are still to come.
	edits, faults uint8
}

// moved is what the device does to its ETag.
func (w *world) moved() {
	w.wire.current = false
	for n := range w.controllers {
		w.controllers[n].post.current = false
	}
}

// compare orders controllers.
func (c controller) compare(d controller) int {
	a, b := c.pack(), d.pack()
	return bytes.Compare(a[:], b[:])
}

// pack is a controller as a text that orders controllers.
func (c controller) pack() [22]byte {
	var flags uint8
	if c.copy.reported {
		flags |= 4
	}
	if c.earned {
		flags |= 2
	}
	if c.post.current {
		flags |= 1
	}
	return [...]byte{
		uint8(c.doing), c.copy.uid, c.copy.generation, uint8(c.copy.image), c.copy.observed, uint8(c.copy.phase), c.copy.attempts,
		c.copy.unfinished.generation, c.copy.unfinished.number, c.copy.unfinished.progress, uint8(c.copy.asked), c.copy.since,
		uint8(c.to.phase), c.to.attempts, c.to.unfinished.generation, c.to.unfinished.number, c.to.unfinished.progress, c.to.since, uint8(c.post.request), flags, 0, 0,
	}
}

// canonical brings a world into the form that stands for all that differ from
// it in nothing that matters, and says whether the controllers changed places.
func (m *model) canonical(w *world) (swapped bool) {
	if !m.unreduced {
		if m.ifMatch && !w.wire.current {
			w.wire = post{}
		}
		for n := range w.controllers {
			if m.isFutile(w, w.controllers[n]) {
				w.controllers[n] = controller{}
			}
		}
		m.unreport(w)
		if o := w.object; o.observed != o.generation || o.phase != transferring && o.phase != rebooting && o.phase != verifying {
			w.struck = false // it is counted from the next attempt on
		}
		if m.staleIsFutile() {
			w.device.asked = w.asKnown(w.device.asked)
			if !w.object.owns(w.device.asked) {
				w.device.progress = 0
			}
			w.device.stagedBy = w.asKnown(w.device.stagedBy)
		}
	}
	if w.controllers[0].compare(w.controllers[1]) > 0 {
		w.controllers[0], w.controllers[1] = w.controllers[1], w.controllers[0]
		swapped = true
	}
	possible := w.object.attempt().bit() | w.wire.attempt.bit()
	for _, c := range w.controllers {
		possible |= c.copy.attempt().bit()
	}
	w.burned &= possible
	w.rebooted &= possible
	return swapped
}

// unreport forgets that errors were reported, unless a controller acts on the
// version before that. Only such a controller can tell the two versions apart, and
// one that may report again can do everything that others can.
func (m *model) unreport(w *world) {
	for _, c := range w.controllers {
		if c.copy != w.object && c != (controller{}) {
			return
		}
	}
	w.object.reported = false
	for n := range w.controllers {
		w.controllers[n].copy.reported = false
	}
}

// isFutile says whether nothing can come any more of what a controller has
// under way, since the device or the API server is sure to refuse it.
func (m *model) isFutile(w *world, c controller) bool {
	stale := c.copy != w.object
	switch c.doing {
	case observing, vetted:
		return stale && m.staleIsFutile()
	case writing, reporting:
		return stale && m.optimistic
	case rereading:
		return stale || m.ifMatch && !c.post.current
	case sending:
		return m.ifMatch && !c.post.current
	}
	return false
}

// staleIsFutile says whether nothing can come of a copy that is out of date.
func (m *model) staleIsFutile() bool { return m.optimistic && m.reread && !m.early }

// asKnown is an attempt as an up-to-date controller knows it from the device's
// keys: all attempts of other objects and generations are alike.
func (w *world) asKnown(a attempt) attempt {
	if a != (attempt{}) && !w.object.owns(a) {
		return attempt{number: 1}
	}
	return a
}
