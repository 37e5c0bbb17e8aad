// Package rollout is the operator's state machine. Given the spec, the status,
// an observation of the device and the time, Decide says what to do next. The
// package does no I/O, holds no state and reads no clock.
package rollout

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Rollout is one DeviceDeployment as the state machine sees it.
type Rollout struct {
	// UID is the object's uid. An object that is deleted and created again is a
	// new rollout.
	UID string
	// Device is the device's name.
	Device string
	// Generation is metadata.generation. Every change of the spec increments it.
	Generation int64
	// Image is the image that the device should run.
	Image string
	// MaxAttempts is the number of attempts, including the first.
	MaxAttempts int32
	// Backoff is the pause between a failed attempt and the next.
	Backoff time.Duration

	// ObservedGeneration is status.observedGeneration, 0 if there is no status.
	ObservedGeneration int64
	// Phase is status.phase, empty if there is no status.
	Phase v1.Phase
	// Attempts is the number of attempts that this generation has begun.
	Attempts int32
	// Since is status.lastTransitionTime. Backoff and deadlines count from it.
	Since time.Time
	// Reported is status.deviceErrors: the errors already reported in this phase.
	Reported DeviceErrors
	// ReportedAt is when they were written, zero if none were in this phase.
	ReportedAt time.Time
	// Unfinished is the transfer that the last failed attempt left under way.
	Unfinished UnfinishedTransfer
	// ObservedImage is status.image: the image of the observed generation.
	ObservedImage string
	// ImageGeneration is status.imageGeneration: the generation since which the
	// image is the same.
	ImageGeneration int64
}

// UnfinishedTransfer is a transfer of the present image that was still under way
// when a deadline ended the attempt that waited for it. This generation or an
// earlier one started it. The zero value means that there is none.
type UnfinishedTransfer struct {
	// Key is the transfer's key.
	Key string
	// Progress is how far it had got, in percent.
	Progress int
}

// Key identifies the rollout's present attempt to the device: uid, generation
// and attempt. No two attempts ever share a key.
func (r Rollout) Key() string {
	return fmt.Sprintf("%s/%d/%d", r.UID, r.Generation, r.Attempts)
}

// owns says whether a key belongs to an attempt at this image: the present one or
// an earlier one, of this generation or of an earlier generation with the same
// image. The rollout continues with what such an attempt has under way or staged,
// since no generation stored in between burned another image.
func (r Rollout) owns(key string) bool {
	of := Rollout{UID: r.UID}
	if _, err := fmt.Sscanf(strings.TrimPrefix(key, r.UID), "/%d/%d", &of.Generation, &of.Attempts); err != nil || of.Key() != key || of.Attempts < 1 {
		return false
	}
	if of.Generation == r.Generation {
		return of.Attempts <= r.Attempts
	}
	return of.Generation >= r.imageSince() && of.Generation < r.Generation
}

// imageSince is the generation since which the image is the same. A generation
// that was never stored doesn't count: nothing was sent for it.
func (r Rollout) imageSince() int64 {
	if r.ObservedImage != r.Image {
		return r.Generation
	}
	return r.ImageGeneration
}

// Timing holds the durations that the state machine uses.
type Timing struct {
	// Poll is the pause between two observations of a device. Jitter is by how
	// much a pause may be longer or shorter, in percent of Poll.
	Poll   time.Duration
	Jitter int
	// Transfer, Reboot and Verify are the deadlines of the phases Transferring,
	// Rebooting and Verifying. The attempt fails when one has passed.
	Transfer, Reboot, Verify time.Duration
	// Stall is how long a retry waits for an earlier attempt's transfer to make
	// progress before it starts its own. It is at most half of Transfer.
	Stall time.Duration
}

// nextPoll is the pause until the next observation. It varies by the jitter, so
// that devices declared at the same instant are not polled in lockstep. It is a
// pure function of the rollout and the time, so deciding again gives the same.
func (t Timing) nextPoll(r Rollout, now time.Time) time.Duration {
	jitter := (t.Poll / 100 * time.Duration(t.Jitter)).Microseconds()
	if jitter == 0 {
		return t.Poll
	}
	seed := fnv.New64a()
	fmt.Fprintf(seed, "%s/%d/%d/%d", r.Device, r.Generation, r.Attempts, r.Since.UnixMicro())
	drawn := rand.New(rand.NewPCG(seed.Sum64(), uint64(now.Sub(r.Since).Microseconds()))).Int64N(2*jitter + 1)
	return t.Poll + time.Duration(drawn-jitter)*time.Microsecond
}

// Action is the one thing that a reconcile does next.
type Action int

const (
	// Nothing means that there is nothing to do until the object changes.
	Nothing Action = iota
	// Wait until Decision.After has passed.
	Wait
	// Observe the device and Decide again with the Observation.
	Observe
	// Write Decision.To to the status.
	Write
	// Report Decision.Errors in the status, which is no transition, and then wait
	// until Decision.After has passed.
	Report
	// ResetTransitionTime sets lastTransitionTime to the present time, and changes
	// nothing else.
	ResetTransitionTime
	// Burn the image: POST /burn with the rollout's Key, and Decide again with the
	// result.
	Burn
	// Reboot the device: POST /reboot, and Decide again with the result.
	Reboot
)

// Decision is what Decide returns.
type Decision struct {
	Action Action
	// After is the pause until the next reconcile, for Wait and Report, and for a
	// Burn or Reboot that could not be sent.
	After time.Duration
	// To is what to write, for Write.
	To Transition
	// Errors are what to report, for Report.
	Errors DeviceErrors
}

// Transition is a change of the status.
type Transition struct {
	Generation int64
	Phase      v1.Phase
	Attempts   int32
	// Failure says in one sentence why an attempt failed; empty if none did. It is one of a
	// closed list, and fits into status.lastError.
	Failure string
	// Unfinished is the transfer that is still under way, for the next attempt.
	Unfinished UnfinishedTransfer
	// ImageGeneration is the generation since which the image is the same.
	ImageGeneration int64
}
