package rollout

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/transition"
)

// history is what the property tests record of a run, besides the status.
type history struct {
	begun   int32 // attempts begun in this generation
	failed  int32 // attempts that failed in this generation
	moves   int   // transitions in this generation
	reports int   // reports in this stay in a phase
}

// TestLongRuns drives a rollout through hundreds of arbitrary observations and through
// changes of the spec. Every transition moves forward, attempts are counted exactly,
// Failed is reached exactly when they are used up, and once the device never answers
// again the rollout ends.
func TestLongRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rollout{
			UID: "u", Generation: 1, Image: image,
			MaxAttempts: rapid.Int32Range(1, 5).Draw(t, "maxAttempts"),
			Backoff:     time.Duration(rapid.IntRange(0, 90).Draw(t, "backoffSeconds")) * time.Second,
		}
		var h history
		now := since
		for range rapid.IntRange(1, 400).Draw(t, "observations") {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "seconds")) * time.Second)
			if rapid.IntRange(0, 60).Draw(t, "edit") == 0 {
				r.Generation++
				r.MaxAttempts = rapid.Int32Range(1, 5).Draw(t, "maxAttempts")
			}
			seen := drawObservation(t, r)
			decision := observed(r, seen, now)
			if decision.Action == Burn || decision.Action == Reboot {
				decision = posted(r, seen, rapid.SampledFrom(append([]DeviceError{NoError}, postErrors...)).Draw(t, "refused"), now)
			}
			switch decision.Action {
			case Write:
				r = h.store(t, r, decision.To, now)
			case Report:
				r = h.report(t, r, decision.Errors, now)
			}
		}
		for n := 0; ; n++ {
			decision := observed(r, Observation{Error: TimedOut}, now)
			switch decision.Action {
			case Nothing:
				if r.Phase != v1.Succeeded && r.Phase != v1.Failed {
					t.Fatalf("%+v is left alone", r)
				}
				return
			case Write:
				r = h.store(t, r, decision.To, now)
			case Report:
				r = h.report(t, r, decision.Errors, now)
			}
			now = now.Add(max(decision.After, time.Minute))
			if n > 200 {
				t.Fatalf("a device that is silent for good keeps %+v going", r)
			}
		}
	})
}

// store is the API server of this test: it stores a transition, and checks it
// against a count of its own.
func (h *history) store(t *rapid.T, r Rollout, to Transition, now time.Time) Rollout {
	before, next := position(r), after(r, to, now)
	if !transition.Allowed(before, position(next)) || !transition.Less(before, position(next)) {
		t.Fatalf("%+v → %+v", before, position(next))
	}
	if r.ObservedGeneration != to.Generation {
		*h = history{}
	}
	h.moves++
	h.reports = 0
	if to.Phase == v1.Transferring {
		h.begun++
	}
	if to.Failure != "" {
		h.failed++
	}
	switch {
	case to.Attempts != h.begun || to.Attempts > r.MaxAttempts:
		t.Fatalf("%d attempts are stored, %d were begun, %d are allowed", to.Attempts, h.begun, r.MaxAttempts)
	case (to.Phase == v1.Failed) != (h.failed == r.MaxAttempts):
		t.Fatalf("%s after %d of %d attempts failed", to.Phase, h.failed, r.MaxAttempts)
	case h.moves > 1+4*int(r.MaxAttempts):
		t.Fatalf("%d transitions in one generation of %d attempts", h.moves, r.MaxAttempts)
	}
	return next
}

// report is that API server when errors are reported.
func (h *history) report(t *rapid.T, r Rollout, errs DeviceErrors, now time.Time) Rollout {
	h.reports++
	if most := 1 + int(now.Sub(r.Since).Minutes()); h.reports > most {
		t.Fatalf("errors are reported %d times in %v of %s", h.reports, now.Sub(r.Since), r.Phase)
	}
	return afterReport(r, errs, now)
}

// TestDecideRemembersNothing decides on many rollouts in turn, in any order and any
// number of times. No decision depends on those before it, but only on the status, the
// observation and the time. So a controller that has just started decides like one
// that has run all along.
func TestDecideRemembersNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type question struct {
			r    Rollout
			seen Observation
			now  time.Time
		}
		asked := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) question {
			r := Rollout{
				UID: rapid.SampledFrom([]string{"u", "v"}).Draw(t, "uid"), Generation: 2, Image: image, Backoff: backoff, Since: since,
				MaxAttempts:        rapid.Int32Range(1, 3).Draw(t, "maxAttempts"),
				ObservedGeneration: rapid.Int64Range(0, 3).Draw(t, "observed"),
				Phase:              rapid.SampledFrom(phases).Draw(t, "phase"),
				Attempts:           rapid.Int32Range(0, 3).Draw(t, "attempts"),
				Reported:           rapid.SampledFrom(reported).Draw(t, "reported"),
				ReportedAt:         rapid.SampledFrom([]time.Time{{}, since}).Draw(t, "reported at"),
			}
			return question{r, drawObservation(t, r), rapid.SampledFrom(moments).Draw(t, "now")}
		}), 1, 8).Draw(t, "questions")
		answers := make([]Decision, len(asked))
		for n, q := range asked {
			answers[n] = observed(q.r, q.seen, q.now)
		}
		for range 50 {
			n := rapid.IntRange(0, len(asked)-1).Draw(t, "again")
			if decision := observed(asked[n].r, asked[n].seen, asked[n].now); decision != answers[n] {
				t.Fatalf("%+v, and before that %+v\n%s", decision, answers[n], describe(asked[n].r, asked[n].seen, asked[n].now))
			}
		}
	})
}

// drawObservation draws anything that an observation can bring.
func drawObservation(t *rapid.T, r Rollout) Observation {
	if deviceErr := rapid.SampledFrom(append([]DeviceError{NoError, NoError, NoError}, deviceErrors...)).Draw(t, "error"); deviceErr != NoError {
		return Observation{Error: deviceErr}
	}
	key := rapid.SampledFrom(keysAround(r))
	seen := Observation{
		Running: rapid.SampledFrom([]string{image, other}).Draw(t, "running"),
		Healthy: rapid.Bool().Draw(t, "healthy"),
		Staged:  rapid.SampledFrom([]string{"", image, other}).Draw(t, "staged"),
		ETag:    `"1.1"`,
	}
	if seen.Staged != "" {
		seen.StagedKey = key.Draw(t, "staged by")
	}
	if state := rapid.SampledFrom([]TransferState{TransferNone, TransferRunning, TransferDone, TransferFailed}).Draw(t, "transfer"); state != TransferNone {
		seen.Transfer = Transfer{Key: key.Draw(t, "transfer of"), Image: image, State: state, Progress: rapid.IntRange(0, 100).Draw(t, "progress")}
	}
	return seen
}
