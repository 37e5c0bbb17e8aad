package rollout

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// TestEveryDecision decides on every rollout in small bounds, everything that
// a device can show it, and every moment that matters, and checks what must be
// true of each decision by itself.
func TestEveryDecision(t *testing.T) {
	n := 0
	for r := range rollouts() {
		for seen := range sights(r) {
			for _, now := range moments {
				n++
				step := looked(r, seen, now)
				if again := looked(r, seen, now); again != step {
					t.Fatalf("one input, two decisions: %+v and %+v\n%s", step, again, describe(r, seen, now))
				}
				if wrong := flaw(r, seen, now, step); wrong != "" {
					t.Fatalf("%s: %+v\n%s", wrong, step, describe(r, seen, now))
				}
			}
		}
	}
	t.Logf("%d decisions", n)
}

// flaw says what is wrong with a decision, if anything is.
func flaw(r Rollout, seen Sight, now time.Time, step Step) string {
	ended := r.Observed == r.Generation && (r.Phase == v1.Succeeded || r.Phase == v1.Failed)
	switch {
	case step.Action != Write && step.To != (Transition{}):
		return "a transition that is not to be written"
	case step.Action == Nothing && ours(r) && !ended:
		return "a rollout that has not ended is left alone"
	case step.Action != Nothing && (ended || r.Observed > r.Generation):
		return "something is done though nothing must be"
	case step.Action == Look:
		return "a look is asked for again"
	case step.Action == Wait && step.After <= 0:
		return "a wait without a duration"
	}
	switch step.Action {
	case Write:
		return transitionFlaw(r, seen, now, step.To)
	case Burn:
		switch {
		case r.Phase != v1.Transferring:
			return "a burn in another phase"
		case seen.Trouble != None:
			return "a burn on no reading"
		case seen.Transfer.Key == r.Key():
			return "a second burn of one attempt"
		case seen.Running == r.Image && seen.Healthy && seen.Staged == "" && seen.Transfer.State != TransferRunning:
			return "a burn of what runs, healthy, with nothing staged or under way"
		case r.Attempts == 1 && now.Sub(since) < timing.Transfer/2 && seen.Running == r.Image && seen.Staged == "" && seen.Transfer.State != TransferRunning:
			return "a burn of what runs and may only need time to be healthy"
		}
	case Reboot:
		switch {
		case r.Phase != v1.Rebooting:
			return "a reboot in another phase"
		case !stagedByUs(r, seen):
			return "a reboot without the image staged by this generation"
		}
	}
	return ""
}

// transitionFlaw says what is wrong with a transition, if anything is.
func transitionFlaw(r Rollout, seen Sight, now time.Time, to Transition) string {
	from, reached := position(r), Position{Generation: to.Generation, Phase: to.Phase, Attempts: to.Attempts}
	failed := from.Generation == to.Generation && (to.Phase == v1.Pending || to.Phase == v1.Failed)
	begun := from.Generation == to.Generation && to.Phase == v1.Transferring
	switch {
	case !Allowed(from, reached) || from == reached:
		return "a transition that the table doesn't have"
	case !Less(from, reached):
		return "a transition that doesn't move forward"
	case to.Generation != r.Generation:
		return "a transition of another generation"
	case failed != (to.Failure != ""):
		return "a sentence about a failure without one, or the reverse"
	case begun && to.Attempts > r.MaxAttempts:
		return "an attempt more than maxAttempts"
	case failed && (to.Phase == v1.Failed) != (r.Attempts >= r.MaxAttempts):
		return "Failed is not reached exactly when the attempts are used up"
	case to.Phase == v1.Succeeded && (seen.Trouble != None || seen.Running != r.Image || !seen.Healthy):
		return "Succeeded without the device healthy on the image"
	case to.Phase == v1.Rebooting && !stagedByUs(r, seen):
		return "Rebooting without the image staged by this generation"
	case to.Phase == v1.Verifying && (seen.Trouble != None || seen.Running != r.Image):
		return "Verifying without the image running"
	case from.Phase == v1.Transferring && to.Phase == v1.Verifying &&
		(seen.Staged != "" || seen.Transfer.State == TransferRunning):
		return "a device is taken for finished where something is staged or under way"
	case from.Phase == v1.Transferring && to.Phase == v1.Verifying && !seen.Healthy && seen.Transfer.Key != r.Key():
		return "a device is taken for finished that isn't healthy, and whose image isn't this attempt's"
	case failed && from.Phase == v1.Verifying && now.Sub(since) < timing.Verify && seen.Running == r.Image:
		return "a device that runs the image is given up before the deadline"
	}
	return ""
}

// stagedByUs says whether the image is staged by this attempt or an earlier
// one of this generation.
func stagedByUs(r Rollout, seen Sight) bool {
	keys := keysAround(r)
	return seen.Staged == r.Image && (seen.StagedKey == keys[0] || seen.StagedKey == keys[1])
}

// TestEveryTransitionIsTaken says that the table of transitions has none too
// many: Decide takes each.
func TestEveryTransitionIsTaken(t *testing.T) {
	taken := map[v1.Phase]map[v1.Phase]bool{}
	for r := range rollouts() {
		if r.Observed != r.Generation || !ours(r) {
			continue
		}
		for seen := range sights(r) {
			for _, now := range moments {
				if step := looked(r, seen, now); step.Action == Write {
					if taken[r.Phase] == nil {
						taken[r.Phase] = map[v1.Phase]bool{}
					}
					taken[r.Phase][step.To.Phase] = true
				}
			}
		}
	}
	for _, from := range phases {
		got, want := slices.Sorted(maps.Keys(taken[from])), slices.Sorted(slices.Values(follows[from]))
		if !slices.Equal(got, want) {
			t.Errorf("%s is left for %v, the table says %v", from, got, want)
		}
	}
}

// TestEvidenceBeatsTheDeadline says that time decides last: a deadline that
// has passed changes a decision only where the look called for no transition,
// and then the attempt has failed. Whatever the device came to while no
// controller was up thus counts.
func TestEvidenceBeatsTheDeadline(t *testing.T) {
	waiting := []v1.Phase{v1.Transferring, v1.Rebooting, v1.Verifying}
	for r := range rollouts() {
		if r.Observed != r.Generation || !ours(r) || !slices.Contains(waiting, r.Phase) {
			continue
		}
		for seen := range sights(r) {
			inTime, late := looked(r, seen, since), looked(r, seen, since.Add(2*time.Hour))
			switch {
			case inTime.Action == Write && late != inTime:
				t.Fatalf("the look calls for %+v, the deadline makes it %+v\n%s", inTime, late, describe(r, seen, since))
			case inTime.Action != Write && late.To.Failure == "":
				t.Fatalf("the deadline has passed without success, but not the attempt: %+v\n%s", late, describe(r, seen, since))
			}
		}
	}
}

// TestDeadlinesAndBackoffAreExact says when each phase is due, to the
// nanosecond, for the device that can't be reached.
func TestDeadlinesAndBackoffAreExact(t *testing.T) {
	for phase, lasts := range map[v1.Phase]time.Duration{
		v1.Pending: pause, v1.Transferring: timing.Transfer, v1.Rebooting: timing.Reboot, v1.Verifying: timing.Verify,
	} {
		r := Rollout{UID: "u", Generation: 1, Image: image, MaxAttempts: 3, Backoff: pause, Observed: 1, Phase: phase, Attempts: 1, Since: since}
		if step := looked(r, Sight{Trouble: Unreachable}, since.Add(lasts-1)); step.Action != Wait {
			t.Errorf("%s, a nanosecond early: %+v", phase, step)
		}
		if step := looked(r, Sight{Trouble: Unreachable}, since.Add(lasts)); step.Action != Write {
			t.Errorf("%s, due: %+v", phase, step)
		}
	}
	r := Rollout{UID: "u", Generation: 1, Image: image, MaxAttempts: 3, Backoff: pause, Observed: 1, Phase: v1.Pending, Since: since}
	if step := Decide(r, nil, since, timing); step.Action != Write {
		t.Errorf("the first attempt waits: %+v", step)
	}
	r.Attempts = 1
	if step := Decide(r, nil, since.Add(time.Second), timing); step.After != pause-time.Second {
		t.Errorf("a retry that is due in %v is waited for for %v", pause-time.Second, step.After)
	}
}

// TestReconcileIsIdempotent repeats every decision, and decides again on the
// same evidence once its transition is stored. No repeat may do more than was
// decided once: of all those decisions at most one is a request to the device,
// it is the last, and no attempt's request is decided on where the device
// shows that it was obeyed.
func TestReconcileIsIdempotent(t *testing.T) {
	for first := range rollouts() {
		if !ours(first) {
			continue
		}
		for seen := range sights(first) {
			r, now := first, since.Add(2*time.Hour)
			for n := 0; ; n++ {
				step := looked(r, seen, now)
				if step != looked(r, seen, now) {
					t.Fatalf("a repeat decides otherwise\n%s", describe(r, seen, now))
				}
				if step.Action != Write {
					if step.Action == Burn && seen.Transfer.Key == r.Key() || step.Action == Reboot && seen.Staged == "" {
						t.Fatalf("%+v, which was obeyed already\n%s", step, describe(r, seen, now))
					}
					break
				}
				if n > 5 {
					t.Fatalf("one look moves the status on and on\n%s", describe(first, seen, now))
				}
				r = after(r, step.To, now)
			}
		}
	}
}

// TestFailuresAreShortSentences says that lastError is made of a closed list
// of sentences, each of which fits whatever the timing is.
func TestFailuresAreShortSentences(t *testing.T) {
	// The CustomResourceDefinition lets no longer one pass.
	const most = 256
	sentences := map[string]bool{}
	for r := range rollouts() {
		r.Since = time.Time{}.Add(-math.MaxInt64)
		for seen := range sights(r) {
			if step := Decide(r, &seen, r.Since.Add(math.MaxInt64), longest); step.To.Failure != "" {
				sentences[step.To.Failure] = true
			}
		}
	}
	if len(sentences) < len(troubles)*3 {
		t.Fatalf("only %d sentences", len(sentences))
	}
	if len(sentences) > 30 {
		t.Errorf("%d sentences: something that a device sends has got into them", len(sentences))
	}
	for s := range sentences {
		if len(s) > most {
			t.Errorf("%d bytes: %s", len(s), s)
		}
	}
	t.Logf("%d sentences", len(sentences))
}

// TestKeysTellAttemptsApart says that no two attempts share a key, and that
// the key of a generation is no beginning of another's.
func TestKeysTellAttemptsApart(t *testing.T) {
	r := Rollout{UID: "u", Generation: 1, Image: image, Attempts: 1}
	for _, key := range keysAround(r)[2:] {
		if (Sight{Staged: image, StagedKey: key}).stagedFor(r) {
			t.Errorf("%q passes for a key of %q", key, r.generationKey())
		}
	}
	seen := map[string]Rollout{}
	for _, uid := range []string{"u", "u1", "1"} {
		for generation := range int64(12) {
			for attempts := range int32(12) {
				r := Rollout{UID: uid, Generation: generation, Attempts: attempts}
				if twin, taken := seen[r.Key()]; taken {
					t.Fatalf("%+v and %+v share the key %s", r, twin, r.Key())
				}
				seen[r.Key()] = r
			}
		}
	}
}
