package model

// step is one thing that happens in the world.
type step struct {
	kind kind
	// who is the controller that takes it.
	who int
	// by is who must take such a step sooner or later, if the run is fair.
	by process
}

// process is one of those that a fair run lets go on. A run is fair if no
// process that can go on for ever is left waiting for ever.
type process uint8

const (
	unfair process = iota // no fair run needs it: faults, crashes, the user
	controllers
	theDevice
	network
	theClock // where it alone has a run go on
	processes
)

// kind is what happens.
type kind uint8

const (
	reads kind = iota
	leaves
	waits
	vets
	decides
	hearsNothing
	stores
	reports
	conflicts
	confirms
	seesItMoved
	sends
	hearsNo
	crashes
	arrives
	isRefused
	isLost
	staging
	getsOn
	stalling
	breaks
	stagesWrong
	boots
	bootsBack
	bootsUnhealthy
	bootsForgetful
	comesUp
	rebootsItself
	timePasses
	edits
	deletes
	creates
	kinds
)

// violation is a promise that a step breaks, empty where it breaks none.
type violation string

// protocol is how controllers and API server go about it. Each part that a
// negative control leaves out is one.
type protocol struct {
	// ifMatch has each POST carry the ETag of the observation.
	ifMatch bool
	// reread has the object read again, past the cache, before each POST;
	// early has that done before the observation.
	reread, early bool
	// optimistic has each status write carry the resourceVersion of the copy.
	optimistic bool
	// lateClock has deadlines judged by the time after the observation.
	lateClock bool
}

// asShipped is the protocol of the reconciler.
var asShipped = protocol{ifMatch: true, reread: true, optimistic: true}

// emit receives each step that can be taken, the world that it leads to, and
// the promise that it breaks.
type emit func(step, world, violation)

// model is a world's laws.
type model struct {
	protocol
	machine *stateMachine
	// unreduced does without the short cuts: what is sure to be refused is
	// tried all the same.
	unreduced bool
}

// steps emits every step that can be taken in a world.
func (m *model) steps(w *world, emit emit) {
	for n := range w.controllers {
		m.controllerSteps(w, n, emit)
	}
	m.wireSteps(w, emit)
	deviceSteps(w, emit)
	userSteps(w, emit)
	timeSteps(w, emit)
}

// timeSteps have time pass. Only where a run waits for nothing else does a fair
// one need that: in the backoff, for a device that isn't healthy yet, which may
// never be, and for a transfer that has stalled.
func timeSteps(w *world, emit emit) {
	o := w.object
	if w.passed == all || o.observed != o.generation {
		return
	}
	next := *w
	next.passed = all
	unhealthy := w.device.comesUp(o.image)
	switch {
	case o.phase == pending && o.attempts > 0:
		emit(step{kind: timePasses, by: theClock}, next, "")
	case o.phase == verifying && w.device.up && !w.device.healthy, o.phase == transferring && w.device.stalled:
		emit(step{kind: timePasses, by: theClock}, next, "")
	case o.phase == transferring || o.phase == rebooting || o.phase == verifying:
		emit(step{kind: timePasses}, next, "")
	}
	waitsFor := unhealthy || w.device.transfer == underWay && o.owns(w.device.asked) && w.device.asked != o.attempt()
	if o.phase == transferring && waitsFor && w.passed == little {
		next.passed = half
		emit(step{kind: timePasses, by: theClock}, next, "")
	}
}

// wireSteps are what can become of the POST that is on its way.
func (m *model) wireSteps(w *world, emit emit) {
	p := w.wire
	if p.request == noRequest {
		return
	}
	next := *w
	next.wire = post{}
	emit(step{kind: isLost}, next, "")
	if !w.device.up || m.ifMatch && !p.current {
		emit(step{kind: isRefused, by: network}, next, "")
		return
	}
	var broken violation
	if p.request == burn {
		broken = next.burn(p)
	} else {
		broken = next.reboot(p)
	}
	emit(step{kind: arrives, by: network}, next, broken)
}

// userSteps are changes of the spec, to the old, the first, the same and another image,
// and the object's deletion and creation.
func userSteps(w *world, emit emit) {
	// The images of edits are numbered by when they come.
	another := first + image(w.uids+w.object.generation)
	if w.object.uid == 0 {
		for _, i := range [...]image{old, first, another} {
			next := *w
			next.uids++
			next.object = object{uid: next.uids, generation: 1, image: i}
			next.passed, next.struck = little, false
			emit(step{kind: creates}, next, "")
		}
		return
	}
	if w.edits == 0 {
		return
	}
	for n, i := range [...]image{w.object.image, old, first, another} {
		if n > 0 && i == w.object.image {
			continue
		}
		next := *w
		next.edits--
		next.object.generation++
		next.object.image = i
		emit(step{kind: edits}, next, "")
	}
	next := *w
	next.edits--
	next.object = object{}
	emit(step{kind: deletes}, next, "")
}
