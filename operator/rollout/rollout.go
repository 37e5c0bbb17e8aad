// Package rollout is the operator's state machine: given what is declared,
// what the status says, what the device showed and what time it is, Decide
// says what to do next. It does no I/O, holds no state and reads no clock.
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
	// UID is the object's uid: an object that was deleted and created again
	// is another rollout.
	UID string
	// Device is the device's name.
	Device string
	// Generation is metadata.generation: every change of the spec is another.
	Generation int64
	// Image is the image that the device should run.
	Image string
	// MaxAttempts is how many attempts there are, the first included.
	MaxAttempts int32
	// Backoff is the pause between a failed attempt and the next.
	Backoff time.Duration

	// Observed is status.observedGeneration, 0 where there is no status.
	ObservedGeneration int64
	// Phase is status.phase, empty where there is no status.
	Phase v1.Phase
	// Attempts is how many attempts this generation has begun.
	Attempts int32
	// Since is when the status last moved; backoff and deadlines count from it.
	Since time.Time
	// Told is what the status tells of what the requests of this phase met.
	Reported DeviceErrors
	// ToldAt is when that was written, zero where nothing was in this phase.
	ReportedAt time.Time
	// Left is the transfer that the last failed attempt left under way.
	Unfinished UnfinishedTransfer
	// ObservedImage is status.image: what the observed generation asks for.
	ObservedImage string
	// ImageGeneration is status.imageGeneration: since which generation that is
	// so.
	ImageGeneration int64
}

// Left is a transfer of the present image, by this generation or one before it,
// that was under way when a deadline ended the attempt that waited for it. The
// zero Left is none.
type UnfinishedTransfer struct {
	// Key is the transfer's key.
	Key string
	// Progress is how far it had come, in percent.
	Progress int
}

// Key names the rollout's present attempt to the device: uid, generation and
// attempt, so that no two attempts ever share a key.
func (r Rollout) Key() string {
	return fmt.Sprintf("%s/%d/%d", r.UID, r.Generation, r.Attempts)
}

// owns says whether a key is that of an attempt at this image: the present one or
// an earlier one, of this generation or of one before it that asks for the same.
// What is under way or staged for them is gone on with, since no generation that
// was stored in between had anything else burned.
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

// imageSince is the generation since which the image is what it is. One that was
// never stored doesn't count: it had nothing sent.
func (r Rollout) imageSince() int64 {
	if r.ObservedImage != r.Image {
		return r.Generation
	}
	return r.ImageGeneration
}

// Timing holds the durations that the state machine goes by.
type Timing struct {
	// Poll is the pause between two looks at a device, and Jitter how much longer
	// or shorter than that each is, at most, in percent of it.
	Poll   time.Duration
	Jitter int
	// Transfer, Reboot and Verify are how long the phases Transferring,
	// Rebooting and Verifying may last before the attempt has failed.
	Transfer, Reboot, Verify time.Duration
	// Stall is how long a retry waits for a transfer of an earlier attempt to get
	// further than it was, before it begins its own; half of Transfer at most.
	Stall time.Duration
}

// pause is how long to leave the device alone before the next look. Devices that
// were declared at one instant are not looked at in lockstep for ever: each pause is
// drawn, by what tells it from all others. None of that is chance, so that whoever
// decides again decides the same.
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

// Action is the one thing that a step does.
type Action int

const (
	// Nothing is to be done, now or later, until the object changes.
	Nothing Action = iota
	// Wait until Step.After has passed.
	Wait
	// Observe the device and Decide again with the Observation.
	Observe
	// Write Step.To to the status.
	Write
	// Tell what was met, Step.Met, in the status, which moves nothing; then wait
	// until Step.After has passed.
	Report
	// Stamp the status with the present time, and change nothing else.
	ResetTransitionTime
	// Burn the image: POST /burn with the rollout's Key, and Decide again with
	// what that met.
	Burn
	// Reboot the device: POST /reboot, and Decide again with what that met.
	Reboot
)

// Step is what Decide decided.
type Decision struct {
	Action Action
	// After is the pause until the next step, for Wait and Tell; and for Burn
	// and Reboot that cannot be made.
	After time.Duration
	// To is what to write, for Write.
	To Transition
	// Met is what to tell, for Tell.
	Errors DeviceErrors
}

// Transition is a step in the status.
type Transition struct {
	Generation int64
	Phase      v1.Phase
	Attempts   int32
	// Failure says why an attempt failed, in one sentence; it is empty where
	// none did.
	Failure string
	// Left is the transfer that is left under way, for the next attempt.
	Unfinished UnfinishedTransfer
	// ImageGeneration is the generation since which the image is the same.
	ImageGeneration int64
}
