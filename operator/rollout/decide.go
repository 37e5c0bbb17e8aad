package rollout

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Decide says what to do next. The caller first passes no Observation. It calls
// Decide again with one when Decide asks for it (Observe), and once more after
// the POST that Decide asks for then.
//
// Evidence beats the deadline: what the device showed decides first, and time
// only if that decided nothing. So that a deadline is judged only on a look
// made after it, now is the time before the look, not after it: what the
// device came to while the look took its time is for the next one.
func Decide(r Rollout, seen *Observation, now time.Time, t Timing) Step {
	switch {
	case r.Observed > r.Generation:
		// Somebody else wrote this status; nothing that we could do about it
		// would be safe.
		return Step{Action: Nothing}
	case r.Observed < r.Generation:
		return renewed(r)
	}
	switch {
	case r.Phase == v1.Succeeded, r.Phase == v1.Failed:
		return Step{Action: Nothing}
	case r.Since.After(now):
		// A clock that is ahead of ours wrote it. What counts from it counts from
		// now, or it might never come.
		return Step{Action: Stamp}
	case r.Phase == v1.Pending:
		return pending(r, now)
	}
	if seen == nil {
		return Step{Action: Observe}
	}
	t.Poll = t.pause(r, now)
	step := Step{Action: Nothing}
	switch r.Phase {
	case v1.Transferring:
		step = transferring(r, *seen, now, t)
		if step.To.Failure != "" {
			step.To.Left = seen.left(r)
		}
	case v1.Rebooting:
		step = rebooting(r, *seen, now, t)
	case v1.Verifying:
		step = verifying(r, *seen, now, t)
	}
	return r.telling(step, *seen, now)
}

// renewed takes up another generation.
func renewed(r Rollout) Step {
	to := Transition{Phase: v1.Pending}
	if r.owns(r.Left.Key) {
		to.Left = r.Left
	}
	return r.write(to)
}

// pending waits for its turn. The attempt is counted, and stored, before
// anything of it reaches the device.
func pending(r Rollout, now time.Time) Step {
	if r.Attempts >= r.MaxAttempts {
		// A changed maxAttempts is a new generation, so this is a status
		// that we didn't write; leave it.
		return Step{Action: Nothing}
	}
	if r.Attempts > 0 {
		if wait := r.Since.Add(r.Backoff).Sub(now); wait > 0 {
			return Step{Action: Wait, After: wait}
		}
	}
	return r.write(Transition{Phase: v1.Transferring, Attempts: r.Attempts + 1, Left: r.Left})
}

// transferring waits until the image is staged.
func transferring(r Rollout, seen Observation, now time.Time, t Timing) Step {
	overdue := now.Sub(r.Since) >= t.Transfer
	mine := seen.Transfer.Key == r.Key()
	switch {
	case seen.Trouble != None:
		return wait(r, overdue, t, late("the transfer took longer than %v", t.Transfer, r.met(seen)))
	case seen.hasStaged(r):
		return r.to(v1.Rebooting)
	case seen.isTransferring(r) && (mine || seen.progresses(r, now, t)):
		return wait(r, overdue, t, late("the transfer took longer than %v", t.Transfer, r.met(seen)))
	case seen.isIdleAndHealthyOn(r.Image):
		return r.to(v1.Verifying)
	case mine && seen.Transfer.State == TransferFailed:
		return r.failed(fmt.Sprintf("the transfer broke at %d %%", seen.Transfer.Progress))
	case mine && seen.isIdleOn(r.Image):
		// It rebooted by itself into what was staged, and isn't healthy yet.
		return r.to(v1.Verifying)
	case mine:
		// Done, and yet not staged: a burn of the same attempt must not be
		// repeated, so the attempt is over.
		return r.failed("the transfer ended, but the image was not staged")
	case overdue:
		return r.failed(late("the transfer was not begun within %v", t.Transfer, r.met(seen)))
	case r.Attempts == 1 && seen.isIdleOn(r.Image) && now.Sub(r.Since) < min(t.Verify, t.Transfer/2):
		// It may only need time to be healthy. A retry burns at once, since the
		// attempt before it has waited.
		return Step{Action: Wait, After: t.Poll}
	}
	return Step{Action: Burn, After: t.Poll}
}

// rebooting waits until the device is back, running the image.
func rebooting(r Rollout, seen Observation, now time.Time, t Timing) Step {
	overdue := now.Sub(r.Since) >= t.Reboot
	switch {
	case seen.Trouble != None:
		return wait(r, overdue, t, late("the reboot took longer than %v", t.Reboot, r.met(seen)))
	case seen.hasStaged(r) && overdue:
		return r.failed(late("the device did not reboot within %v", t.Reboot, r.met(seen)))
	case seen.hasStaged(r):
		return Step{Action: Reboot, After: t.Poll}
	case seen.Running == r.Image:
		return r.to(v1.Verifying)
	}
	return r.failed("the device came back from the reboot without the image")
}

// verifying waits until the device is healthy on the image.
func verifying(r Rollout, seen Observation, now time.Time, t Timing) Step {
	overdue := now.Sub(r.Since) >= t.Verify
	switch {
	case seen.Trouble != None:
		return wait(r, overdue, t, late("verifying took longer than %v", t.Verify, r.met(seen)))
	case seen.Running != r.Image:
		return r.failed("the device went back to another image")
	case !seen.Healthy:
		return wait(r, overdue, t, "the device is not healthy on the image")
	}
	return r.to(v1.Succeeded)
}

// wait polls on, or fails the attempt where its phase is overdue.
func wait(r Rollout, overdue bool, t Timing, why string) Step {
	if overdue {
		return r.failed(why)
	}
	return Step{Action: Wait, After: t.Poll}
}

// late says why a phase that may last so long is overdue.
func late(sentence string, lasts time.Duration, met Met) string {
	sentence = fmt.Sprintf(sentence, lasts)
	if met != (Met{}) {
		sentence += ": " + met.String()
	}
	return sentence
}

// tellPause is how long what the status tells of a phase stays, at least.
const tellPause = time.Minute

// telling has a step that waits tell what was met, where the status doesn't
// say so yet and the pause since it was last told allows it. The first time in
// a phase needs no pause.
func (r Rollout) telling(step Step, seen Observation, now time.Time) Step {
	if seen.Posted && (step.Action == Burn || step.Action == Reboot) {
		step.Action = Wait // for what comes of it
	}
	met := r.met(seen)
	if step.Action == Wait && met != r.Told && (r.ToldAt.IsZero() || now.Sub(r.ToldAt) >= tellPause) {
		step.Action, step.Met = Tell, met
	}
	return step
}

// met is what keeps the phase from going on, by what is told and what was seen
// since. That the device answers again doesn't make good a POST that it did
// not accept, nor that it accepts the next one: a look has to show the effect.
// That of a reboot ends the phase.
func (r Rollout) met(seen Observation) Met {
	met := Met{Look: seen.Trouble, Post: r.Told.Post}
	switch {
	case seen.Refused != None:
		met.Post = seen.Refused
	case r.Phase == v1.Transferring && seen.Transfer.Key == r.Key():
		met.Post = None
	}
	return met
}

// write stores a transition of the present generation.
func (r Rollout) write(to Transition) Step {
	to.Generation, to.ImageGeneration = r.Generation, r.imageSince()
	return Step{Action: Write, To: to}
}

// to moves the present attempt on.
func (r Rollout) to(p v1.Phase) Step {
	return r.write(Transition{Phase: p, Attempts: r.Attempts})
}

// failed ends the present attempt: another may follow, unless the retry
// policy is exhausted.
func (r Rollout) failed(why string) Step {
	next := Transition{Phase: v1.Pending, Attempts: r.Attempts, Failure: why}
	if r.Attempts >= r.MaxAttempts {
		next.Phase = v1.Failed
	}
	return r.write(next)
}
