package model

import "example.com/edge-device-operator/operator/transition"

// store stores a controller's transition, and says which promise that breaks.
func (w *world) store(c controller, maxAttempts uint8) (broken violation) {
	o := &w.object
	from := o.position()
	o.asked, o.since = c.copy.image, c.to.since
	o.observed, o.phase, o.attempts, o.unfinished, o.reported = c.copy.generation, c.to.phase, c.to.attempts, c.to.unfinished, false
	w.passed = little
	if o.phase == transferring {
		w.struck = false
	}
	switch to := o.position(); {
	case from != to && (!transition.Allowed(from, to) || !transition.Less(from, to)):
		return "the status moves as the table doesn't allow"
	case o.observed > o.generation:
		return "observedGeneration is ahead of the generation"
	case o.attempts > maxAttempts:
		return "an attempt more than maxAttempts"
	case o.phase == failed && o.attempts < maxAttempts:
		return "Failed before maxAttempts are used up"
	case o.phase == succeeded && !c.earned:
		return "Succeeded, but at the observation the device was not healthy on the image"
	case !c.earned:
		return "an attempt has failed without a cause: no fault struck it and its deadline had not passed at the observation, or the observation showed success"
	}
	return ""
}

// report stores that a controller reports errors, and says which promise that
// breaks.
func (w *world) report(c controller) (broken violation) {
	o := &w.object
	from := o.position()
	o.observed, o.phase, o.attempts, o.unfinished, o.reported = c.copy.observed, c.copy.phase, c.copy.attempts, c.copy.unfinished, true
	if o.position() != from {
		return "the status moves by a write that only reports errors"
	}
	return ""
}

// position is where an object's status stands.
func (o object) position() transition.Position {
	if o.phase == noPhase {
		return transition.Position{}
	}
	return transition.Position{Generation: int64(o.observed), Phase: phases[o.phase], Attempts: int32(o.attempts)}
}

// isStored says whether an attempt was ever stored: of a former object, of a
// former generation, or of the present one.
func (w *world) isStored(a attempt) bool {
	o := w.object
	switch {
	case a.number == 0:
		return false
	case o.uid == 0 || a.uid != o.uid:
		return a.uid <= w.uids
	case a.generation != o.observed:
		return a.generation < o.observed
	}
	return a.number <= o.attempts
}
