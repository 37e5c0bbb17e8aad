package rollout

import (
	"fmt"
	"iter"
	"math"
	"strings"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/transition"
)

const (
	image = "fw:2" // what is declared in these tests
	other = "fw:1" // any other image
)

var (
	since   = time.Date(2026, 1, 1, 0, 0, 0, 123456000, time.UTC)
	timing  = Timing{Poll: 5 * time.Second, Transfer: time.Minute, Reboot: 2 * time.Minute, Verify: 3 * time.Minute, Stall: 20 * time.Second}
	backoff = 10 * time.Second // the backoff

	phases       = []v1.Phase{v1.Pending, v1.Transferring, v1.Rebooting, v1.Verifying, v1.Succeeded, v1.Failed}
	deviceErrors = []DeviceError{Unreachable, Unresolvable, Untrusted, TLSFailed, TimedOut, UnexpectedStatus(401), Unreadable, WeakETag, WrongDevice, Inconsistent}
	postErrors   = []DeviceError{PostRefused("/burn", 507), PostUnanswered("/burn", TimedOut)}

	// reported are the errors that a status may report, written at since. The zero
	// value also stands for a phase that has no report.
	reported = []DeviceErrors{{}, {Observe: Unreachable}, {Post: postErrors[0]}, {Observe: Unreachable, Post: postErrors[0]}}

	// moments are the times that a decision may be made at: at once, a moment
	// before every deadline, on the deadline of one phase after the other, at
	// half that of the transfer, on the stall time, and long after all of them.
	moments = []time.Time{
		since, since.Add(backoff - 1), since.Add(backoff), since.Add(timing.Stall - 1), since.Add(timing.Stall), since.Add(timing.Transfer/2 - 1), since.Add(timing.Transfer / 2), since.Add(timing.Transfer - 1), since.Add(timing.Transfer),
		since.Add(timing.Reboot), since.Add(timing.Verify), since.Add(2 * time.Hour),
	}
)

// rollouts yields every rollout in small bounds, those included that only
// somebody else's write could bring about.
func rollouts() iter.Seq[Rollout] {
	return func(yield func(Rollout) bool) {
		for _, phase := range append([]v1.Phase{""}, phases...) {
			for observed := range int64(4) {
				for attempts := range int32(4) {
					for most := int32(1); most <= 3; most++ {
						r := Rollout{
							UID: "u", Generation: 2, Image: image, MaxAttempts: most, Backoff: backoff,
							ObservedGeneration: observed, Phase: phase, Attempts: attempts, Since: since,
						}
						for _, progress := range unfinishedProgress(r) {
							if progress > 0 {
								r.Unfinished = UnfinishedTransfer{Key: keysAround(r)[1], Progress: progress}
							}
							for n, errs := range reported {
								r.Reported, r.ReportedAt = errs, time.Time{}
								if n > 0 {
									r.ReportedAt = since
								}
								if !yield(r) {
									return
								}
								if observed != r.Generation || progress > 0 {
									break // nobody observes the device, or it was tried without that
								}
							}
						}
						if r.Unfinished = (UnfinishedTransfer{}); r.Phase == v1.Transferring || r.Phase == v1.Rebooting {
							r.ObservedImage, r.ImageGeneration = image, r.Generation-1
							if !yield(r) {
								return
							}
						}
					}
				}
			}
		}
	}
}

// unfinishedProgress is how far an earlier attempt's transfer may be stored to be,
// where observations show one at 40 %: 0 for not at all.
func unfinishedProgress(r Rollout) []int {
	if r.Phase == v1.Transferring && r.ObservedGeneration == r.Generation && r.Attempts > 1 {
		return []int{0, 39, 40, 41}
	}
	return []int{0}
}

// observations yields everything that one observation of a device can bring: each
// error, and each combination of what runs, what is staged, and the last
// transfer, whoever asked for it.
func observations(r Rollout) iter.Seq[Observation] {
	keys := keysAround(r)
	return func(yield func(Observation) bool) {
		for _, t := range deviceErrors {
			if !yield(Observation{Error: t}) {
				return
			}
		}
		for staged := range stagedSlots(keys) {
			for transfer := range transfers(keys) {
				for _, running := range []string{image, other} {
					for _, healthy := range []bool{true, false} {
						o := Observation{
							Running: running, Healthy: healthy, Staged: staged.image, StagedKey: staged.key,
							Transfer: transfer, ETag: `"1.1"`,
						}
						if !yield(o) {
							return
						}
					}
				}
			}
		}
	}
}

// keysAround are keys that a rollout may find on its device: its own, an earlier
// attempt's, similar ones of another generation and another object, one with its own
// as a prefix, and the empty key of a burn by hand.
func keysAround(r Rollout) []string {
	earlier, older, longer, another := r, r, r, r
	earlier.Attempts = max(1, r.Attempts-1)
	older.Generation--
	longer.Generation = r.Generation*10 + 1
	another.UID += "2"
	return []string{r.Key(), earlier.Key(), older.Key(), longer.Key(), another.Key(), earlier.Key() + " and more", ""}
}

type stagedSlot struct{ image, key string }

func stagedSlots(keys []string) iter.Seq[stagedSlot] {
	return func(yield func(stagedSlot) bool) {
		if !yield(stagedSlot{}) {
			return
		}
		for _, key := range keys {
			if !yield(stagedSlot{image, key}) || !yield(stagedSlot{other, key}) {
				return
			}
		}
	}
}

func transfers(keys []string) iter.Seq[Transfer] {
	return func(yield func(Transfer) bool) {
		if !yield(Transfer{}) {
			return
		}
		for _, key := range keys {
			for _, state := range []TransferState{TransferRunning, TransferDone, TransferFailed} {
				if !yield(Transfer{Key: key, Image: image, State: state, Progress: 40}) {
					return
				}
			}
		}
	}
}

// observed decides as the reconciler does: without an observation first, and
// with one where Decide asks for it.
func observed(r Rollout, seen Observation, now time.Time) Decision {
	decision := Decide(r, nil, now, timing)
	if decision.Action == Observe {
		decision = Decide(r, &seen, now, timing)
	}
	return decision
}

// posted decides once more, after the POST that an observation called for.
func posted(r Rollout, seen Observation, postErr DeviceError, now time.Time) Decision {
	seen.Posted, seen.PostError = true, postErr
	return Decide(r, &seen, now, timing)
}

// after is the rollout once a transition is stored.
func after(r Rollout, to Transition, now time.Time) Rollout {
	r.ObservedGeneration, r.Phase, r.Attempts, r.Since, r.Unfinished = to.Generation, to.Phase, to.Attempts, now, to.Unfinished
	r.Reported, r.ReportedAt = DeviceErrors{}, time.Time{}
	return r
}

// afterReport is the rollout once errors are reported.
func afterReport(r Rollout, errs DeviceErrors, now time.Time) Rollout {
	r.Reported, r.ReportedAt = errs, now
	return r
}

func position(r Rollout) transition.Position {
	if r.Phase == "" {
		return transition.Position{}
	}
	return transition.Position{Generation: r.ObservedGeneration, Phase: r.Phase, Attempts: r.Attempts}
}

// ours says whether the operator itself could have stored this status, rather than
// somebody else.
func ours(r Rollout) bool {
	switch {
	case r.ObservedGeneration == 0 || r.Phase == "":
		return r.ObservedGeneration == 0 && r.Phase == "" && r.Attempts == 0
	case r.ObservedGeneration < r.Generation:
		// The older generation's maxAttempts may have been any.
		return r.Phase == v1.Pending || r.Attempts > 0
	case r.ObservedGeneration > r.Generation || r.Attempts > r.MaxAttempts:
		return false
	case r.Phase == v1.Pending:
		return r.Attempts < r.MaxAttempts
	case r.Phase == v1.Failed:
		return r.Attempts == r.MaxAttempts
	}
	return r.Attempts > 0
}

// longest are durations and numbers that make every sentence as long as it gets.
var longest = Timing{Poll: math.MaxInt64, Transfer: math.MaxInt64, Reboot: math.MaxInt64, Verify: math.MaxInt64, Stall: math.MaxInt64}

func describe(r Rollout, seen Observation, now time.Time) string {
	return strings.TrimSpace(fmt.Sprintf("%+v\nseeing %+v\n%v after the last transition", r, seen, now.Sub(r.Since)))
}
