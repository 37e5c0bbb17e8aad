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
func Decide(r Rollout, seen *Observation, now time.Time, t Timing) Decision {
	switch {
	case r.ObservedGeneration > r.Generation:
		// Somebody else wrote this status; nothing that we could do about it
		// would be safe.
		return Decision{Action: Nothing}
	case r.ObservedGeneration < r.Generation:
		return startOver(r)
	}
	switch {
	case r.Phase == v1.Succeeded, r.Phase == v1.Failed:
		return Decision{Action: Nothing}
	case r.Since.After(now):
		// A clock that is ahead of ours wrote it. What counts from it counts from
		// now, or it might never come.
		return Decision{Action: ResetTransitionTime}
	case r.Phase == v1.Pending:
		return pending(r, now)
	}
	if seen == nil {
		return Decision{Action: Observe}
	}
	t.Poll = t.nextPoll(r, now)
	decision := Decision{Action: Nothing}
	switch r.Phase {
	case v1.Transferring:
		decision = transferring(r, *seen, now, t)
		if decision.To.Failure != "" {
			decision.To.Unfinished = seen.unfinishedTransfer(r)
		}
	case v1.Rebooting:
		decision = rebooting(r, *seen, now, t)
	case v1.Verifying:
		decision = verifying(r, *seen, now, t)
	}
	return r.withReport(decision, *seen, now)
}

// renewed takes up another generation.
func startOver(r Rollout) Decision {
	to := Transition{Phase: v1.Pending}
	if r.owns(r.Unfinished.Key) {
		to.Unfinished = r.Unfinished
	}
	return r.write(to)
}

// pending waits for its turn. The attempt is counted, and stored, before
// anything of it reaches the device.
func pending(r Rollout, now time.Time) Decision {
	if r.Attempts >= r.MaxAttempts {
		// A changed maxAttempts is a new generation, so this is a status
		// that we didn't write; leave it.
		return Decision{Action: Nothing}
	}
	if r.Attempts > 0 {
		if wait := r.Since.Add(r.Backoff).Sub(now); wait > 0 {
			return Decision{Action: Wait, After: wait}
		}
	}
	return r.write(Transition{Phase: v1.Transferring, Attempts: r.Attempts + 1, Unfinished: r.Unfinished})
}

// transferring waits until the image is staged.
func transferring(r Rollout, seen Observation, now time.Time, t Timing) Decision {
	overdue := now.Sub(r.Since) >= t.Transfer
	mine := seen.Transfer.Key == r.Key()
	switch {
	case seen.Error != NoError:
		return wait(r, overdue, t, timeoutMessage("the transfer took longer than %v", t.Transfer, r.deviceErrors(seen)))
	case seen.hasStaged(r):
		return r.to(v1.Rebooting)
	case seen.isTransferring(r) && (mine || seen.progresses(r, now, t)):
		return wait(r, overdue, t, timeoutMessage("the transfer took longer than %v", t.Transfer, r.deviceErrors(seen)))
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
		return r.failed(timeoutMessage("the transfer was not begun within %v", t.Transfer, r.deviceErrors(seen)))
	case r.Attempts == 1 && seen.isIdleOn(r.Image) && now.Sub(r.Since) < min(t.Verify, t.Transfer/2):
		// It may only need time to be healthy. A retry burns at once, since the
		// attempt before it has waited.
		return Decision{Action: Wait, After: t.Poll}
	}
	return Decision{Action: Burn, After: t.Poll}
}

// rebooting waits until the device is back, running the image.
func rebooting(r Rollout, seen Observation, now time.Time, t Timing) Decision {
	overdue := now.Sub(r.Since) >= t.Reboot
	switch {
	case seen.Error != NoError:
		return wait(r, overdue, t, timeoutMessage("the reboot took longer than %v", t.Reboot, r.deviceErrors(seen)))
	case seen.hasStaged(r) && overdue:
		return r.failed(timeoutMessage("the device did not reboot within %v", t.Reboot, r.deviceErrors(seen)))
	case seen.hasStaged(r):
		return Decision{Action: Reboot, After: t.Poll}
	case seen.Running == r.Image:
		return r.to(v1.Verifying)
	}
	return r.failed("the device came back from the reboot without the image")
}

// verifying waits until the device is healthy on the image.
func verifying(r Rollout, seen Observation, now time.Time, t Timing) Decision {
	overdue := now.Sub(r.Since) >= t.Verify
	switch {
	case seen.Error != NoError:
		return wait(r, overdue, t, timeoutMessage("verifying took longer than %v", t.Verify, r.deviceErrors(seen)))
	case seen.Running != r.Image:
		return r.failed("the device went back to another image")
	case !seen.Healthy:
		return wait(r, overdue, t, "the device is not healthy on the image")
	}
	return r.to(v1.Succeeded)
}

// wait polls on, or fails the attempt where its phase is overdue.
func wait(r Rollout, overdue bool, t Timing, why string) Decision {
	if overdue {
		return r.failed(why)
	}
	return Decision{Action: Wait, After: t.Poll}
}

// late says why a phase that may last so long is overdue.
func timeoutMessage(sentence string, lasts time.Duration, errs DeviceErrors) string {
	sentence = fmt.Sprintf(sentence, lasts)
	if errs != (DeviceErrors{}) {
		sentence += ": " + errs.String()
	}
	return sentence
}

// tellPause is how long what the status tells of a phase stays, at least.
const reportInterval = time.Minute

// telling has a step that waits tell what was met, where the status doesn't
// say so yet and the pause since it was last told allows it. The first time in
// a phase needs no pause.
func (r Rollout) withReport(decision Decision, seen Observation, now time.Time) Decision {
	if seen.Posted && (decision.Action == Burn || decision.Action == Reboot) {
		decision.Action = Wait // for what comes of it
	}
	errs := r.deviceErrors(seen)
	if decision.Action == Wait && errs != r.Reported && (r.ReportedAt.IsZero() || now.Sub(r.ReportedAt) >= reportInterval) {
		decision.Action, decision.Errors = Report, errs
	}
	return decision
}

// met is what keeps the phase from going on, by what is told and what was seen
// since. That the device answers again doesn't make good a POST that it did
// not accept, nor that it accepts the next one: a look has to show the effect.
// That of a reboot ends the phase.
func (r Rollout) deviceErrors(seen Observation) DeviceErrors {
	errs := DeviceErrors{Observe: seen.Error, Post: r.Reported.Post}
	switch {
	case seen.PostError != NoError:
		errs.Post = seen.PostError
	case r.Phase == v1.Transferring && seen.Transfer.Key == r.Key():
		errs.Post = NoError
	}
	return errs
}

// write stores a transition of the present generation.
func (r Rollout) write(to Transition) Decision {
	to.Generation, to.ImageGeneration = r.Generation, r.imageSince()
	return Decision{Action: Write, To: to}
}

// to moves the present attempt on.
func (r Rollout) to(p v1.Phase) Decision {
	return r.write(Transition{Phase: p, Attempts: r.Attempts})
}

// failed ends the present attempt: another may follow, unless the retry
// policy is exhausted.
func (r Rollout) failed(why string) Decision {
	next := Transition{Phase: v1.Pending, Attempts: r.Attempts, Failure: why}
	if r.Attempts >= r.MaxAttempts {
		next.Phase = v1.Failed
	}
	return r.write(next)
}
