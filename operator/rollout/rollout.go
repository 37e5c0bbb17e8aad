// Package rollout is the operator's state machine: given what is declared,
// what the status says, what the device showed and what time it is, Decide
// says what to do next. It does no I/O, holds no state and reads no clock.
package rollout

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Rollout is one DeviceDeployment as the state machine sees it.
type Rollout struct {
	// UID is the object's uid: an object that was deleted and created again
	// is another rollout.
	UID string
	// Generation is metadata.generation: every change of the spec is another.
	Generation int64
	// Image is the image that the device should run.
	Image string
	// MaxAttempts is how many attempts there are, the first included.
	MaxAttempts int32
	// Backoff is the pause between a failed attempt and the next.
	Backoff time.Duration

	// Observed is status.observedGeneration, 0 where there is no status.
	Observed int64
	// Phase is status.phase, empty where there is no status.
	Phase v1.Phase
	// Attempts is how many attempts this generation has begun.
	Attempts int32
	// Since is when the status last moved; backoff and deadlines count from it.
	Since time.Time
}

// Key names the rollout's present attempt to the device: uid, generation and
// attempt, so that no two attempts ever share a key.
func (r Rollout) Key() string {
	return fmt.Sprintf("%s%d", r.generationKey(), r.Attempts)
}

// generationKey is what the keys of all attempts of this generation begin with.
func (r Rollout) generationKey() string {
	return fmt.Sprintf("%s/%d/", r.UID, r.Generation)
}

// Timing holds the durations that the state machine goes by.
type Timing struct {
	// Poll is the pause between two looks at a device.
	Poll time.Duration
	// Transfer, Reboot and Verify are how long the phases Transferring,
	// Rebooting and Verifying may last before the attempt has failed.
	Transfer, Reboot, Verify time.Duration
}

// Action is the one thing that a step does.
type Action int

const (
	// Nothing is to be done, now or later, until the object changes.
	Nothing Action = iota
	// Wait until Step.After has passed.
	Wait
	// Look at the device and Decide again with what it showed.
	Look
	// Write Step.To to the status.
	Write
	// Burn the image: POST /burn with the rollout's Key.
	Burn
	// Reboot the device: POST /reboot.
	Reboot
)

// Step is what Decide decided.
type Step struct {
	Action Action
	// After is the pause until the next step, for Wait; and for Burn and
	// Reboot, whose outcome only a later look can tell.
	After time.Duration
	// To is what to write, for Write.
	To Transition
}

// Transition is a step in the status.
type Transition struct {
	Generation int64
	Phase      v1.Phase
	Attempts   int32
	// Failure says why an attempt failed, in one sentence; it is empty where
	// none did.
	Failure string
}

// Decide says what to do next. It is called without a Sight first, and again
// with one when it asks for a Look.
//
// Evidence beats the deadline: what the device showed decides first, and time
// only if that decided nothing.
func Decide(r Rollout, seen *Sight, now time.Time, t Timing) Step {
	switch {
	case r.Observed > r.Generation:
		// Somebody else wrote this status; nothing that we could do about it
		// would be safe.
		return Step{Action: Nothing}
	case r.Observed < r.Generation:
		return write(Transition{Generation: r.Generation, Phase: v1.Pending})
	}
	switch r.Phase {
	case v1.Pending:
		return pending(r, now)
	case v1.Succeeded, v1.Failed:
		return Step{Action: Nothing}
	}
	if seen == nil {
		return Step{Action: Look}
	}
	switch r.Phase {
	case v1.Transferring:
		return transferring(r, *seen, now, t)
	case v1.Rebooting:
		return rebooting(r, *seen, now, t)
	case v1.Verifying:
		return verifying(r, *seen, now, t)
	}
	return Step{Action: Nothing}
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
	return write(Transition{Generation: r.Generation, Phase: v1.Transferring, Attempts: r.Attempts + 1})
}

// transferring waits until the image is staged.
func transferring(r Rollout, seen Sight, now time.Time, t Timing) Step {
	overdue := now.Sub(r.Since) >= t.Transfer
	mine := seen.Transfer.Key == r.Key()
	switch {
	case seen.Trouble != None:
		return wait(r, overdue, t, fmt.Sprintf("%s for longer than %v", seen.Trouble, t.Transfer))
	case mine && seen.Transfer.State == TransferRunning:
		return wait(r, overdue, t, fmt.Sprintf("the transfer took longer than %v", t.Transfer))
	case seen.stagedFor(r):
		return r.to(v1.Rebooting)
	case seen.settledOn(r.Image):
		return r.to(v1.Verifying)
	case mine && seen.Transfer.State == TransferFailed:
		return r.failed(fmt.Sprintf("the transfer broke at %d %%", seen.Transfer.Progress))
	case mine:
		// Done, and yet not staged: a burn of the same attempt must not be
		// repeated, so the attempt is over.
		return r.failed("the transfer ended, but the image was not staged")
	case overdue:
		return r.failed(fmt.Sprintf("the transfer was not begun within %v", t.Transfer))
	}
	return Step{Action: Burn, After: t.Poll}
}

// rebooting waits until the device is back, running the image.
func rebooting(r Rollout, seen Sight, now time.Time, t Timing) Step {
	overdue := now.Sub(r.Since) >= t.Reboot
	switch {
	case seen.Trouble != None:
		return wait(r, overdue, t, fmt.Sprintf("%s for longer than %v after the reboot", seen.Trouble, t.Reboot))
	case seen.stagedFor(r) && overdue:
		return r.failed(fmt.Sprintf("the device did not reboot within %v", t.Reboot))
	case seen.stagedFor(r):
		return Step{Action: Reboot, After: t.Poll}
	case seen.Running == r.Image:
		return r.to(v1.Verifying)
	}
	return r.failed("the device came back from the reboot without the image")
}

// verifying waits until the device is healthy on the image.
func verifying(r Rollout, seen Sight, now time.Time, t Timing) Step {
	overdue := now.Sub(r.Since) >= t.Verify
	switch {
	case seen.Trouble != None:
		return wait(r, overdue, t, fmt.Sprintf("%s for longer than %v while it was verified", seen.Trouble, t.Verify))
	case seen.Running != r.Image:
		return r.failed("the device went back to another image")
	case !seen.Healthy:
		return r.failed("the device is not healthy on the image")
	}
	return r.to(v1.Succeeded)
}

// wait polls on, or fails the attempt where its phase is overdue.
func wait(r Rollout, overdue bool, t Timing, late string) Step {
	if overdue {
		return r.failed(late)
	}
	return Step{Action: Wait, After: t.Poll}
}

func write(t Transition) Step { return Step{Action: Write, To: t} }

// to moves the present attempt on.
func (r Rollout) to(p v1.Phase) Step {
	return write(Transition{Generation: r.Generation, Phase: p, Attempts: r.Attempts})
}

// failed ends the present attempt: another may follow, unless the retry
// policy is exhausted.
func (r Rollout) failed(why string) Step {
	next := Transition{Generation: r.Generation, Phase: v1.Pending, Attempts: r.Attempts, Failure: why}
	if r.Attempts >= r.MaxAttempts {
		next.Phase = v1.Failed
	}
	return write(next)
}
