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
// Evidence beats the deadline: the observation decides first, and time only if
// the observation decided nothing. The caller reads now before it observes the
// device. So a deadline that passes during the observation takes effect only at
// the next one.
func Decide(r Rollout, seen *Observation, now time.Time, t Timing) Decision {
	switch {
	case r.ObservedGeneration > r.Generation:
		// Somebody else wrote this status. Nothing that we could do about it would
		// be safe.
		return Decision{Action: Nothing}
	case r.ObservedGeneration < r.Generation:
		return startOver(r)
	}
	switch {
	case r.Phase == v1.Succeeded, r.Phase == v1.Failed:
		return Decision{Action: Nothing}
	case r.Since.After(now):
		// A controller whose clock is ahead of ours wrote this time. Deadlines and
		// backoff count from now instead, or they might never pass.
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

// startOver begins a new generation.
func startOver(r Rollout) Decision {
	to := Transition{Phase: v1.Pending}
	if r.owns(r.Unfinished.Key) {
		to.Unfinished = r.Unfinished
	}
	return r.write(to)
}

// pending begins the next attempt once the backoff has passed. The attempt is
// counted and stored before it sends anything to the device.
func pending(r Rollout, now time.Time) Decision {
	if r.Attempts >= r.MaxAttempts {
		// A changed maxAttempts is a new generation, so we did not write this
		// status. Leave it alone.
		return Decision{Action: Nothing}
	}
	if r.Attempts > 0 {
		if wait := r.Since.Add(r.Backoff).Sub(now); wait > 0 {
			return Decision{Action: Wait, After: wait}
		}
	}
	return r.write(Transition{Phase: v1.Transferring, Attempts: r.Attempts + 1, Unfinished: r.Unfinished})
}

// transferring has the image burned and waits until it is staged.
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
		// The device rebooted by itself into the staged image, and isn't healthy yet.
		return r.to(v1.Verifying)
	case mine:
		// Done, and yet not staged: a burn of the same attempt must not be
		// repeated, so the attempt is over.
		return r.failed("the transfer ended, but the image was not staged")
	case overdue:
		return r.failed(timeoutMessage("the transfer was not begun within %v", t.Transfer, r.deviceErrors(seen)))
	case r.Attempts == 1 && seen.isIdleOn(r.Image) && now.Sub(r.Since) < min(t.Verify, t.Transfer/2):
		// The device may only need time to become healthy. A retry burns at once,
		// since the previous attempt has waited.
		return Decision{Action: Wait, After: t.Poll}
	}
	return Decision{Action: Burn, After: t.Poll}
}

// rebooting has the device reboot and waits until it runs the image.
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

// wait keeps polling, or fails the attempt if its phase is overdue.
func wait(r Rollout, overdue bool, t Timing, why string) Decision {
	if overdue {
		return r.failed(why)
	}
	return Decision{Action: Wait, After: t.Poll}
}

// timeoutMessage says that a phase took longer than its deadline, and why.
func timeoutMessage(sentence string, lasts time.Duration, errs DeviceErrors) string {
	sentence = fmt.Sprintf(sentence, lasts)
	if errs != (DeviceErrors{}) {
		sentence += ": " + errs.String()
	}
	return sentence
}

// reportInterval is the least time between two reports in one phase.
const reportInterval = time.Minute

// withReport turns a Wait into a Report if the errors differ from those that the
// status reports. The first report of a phase is made at once, later ones after
// reportInterval.
func (r Rollout) withReport(decision Decision, seen Observation, now time.Time) Decision {
	if seen.Posted && (decision.Action == Burn || decision.Action == Reboot) {
		decision.Action = Wait // the next observation shows the effect
	}
	errs := r.deviceErrors(seen)
	if decision.Action == Wait && errs != r.Reported && (r.ReportedAt.IsZero() || now.Sub(r.ReportedAt) >= reportInterval) {
		decision.Action, decision.Errors = Report, errs
	}
	return decision
}

// deviceErrors are the phase's present errors: those reported before, updated by
// the observation. The error of a POST stays until an observation shows the effect
// of a POST. It is not enough that the device answers again, or that it accepts
// the next POST. The effect of a reboot ends the phase.
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

// failed ends the present attempt. Another follows unless the retry policy is
// exhausted.
func (r Rollout) failed(why string) Decision {
	next := Transition{Phase: v1.Pending, Attempts: r.Attempts, Failure: why}
	if r.Attempts >= r.MaxAttempts {
		next.Phase = v1.Failed
	}
	return r.write(next)
}
