package rollout

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/transition"
)

// TestEveryDecision decides on every rollout within small bounds, with every
// observation and at every time that matters, and checks each decision by itself.
func TestEveryDecision(t *testing.T) {
	n := 0
	for r := range rollouts() {
		for seen := range observations(r) {
			for _, now := range moments {
				n++
				decision := observed(r, seen, now)
				if again := observed(r, seen, now); again != decision {
					t.Fatalf("one input, two decisions: %+v and %+v\n%s", decision, again, describe(r, seen, now))
				}
				if wrong := flaw(r, seen, now, decision); wrong != "" {
					t.Fatalf("%s: %+v\n%s", wrong, decision, describe(r, seen, now))
				}
				if decision.Action != Burn && decision.Action != Reboot {
					continue
				}
				for _, postErr := range append([]DeviceError{NoError}, postErrors...) {
					next := posted(r, seen, postErr, now)
					if wrong := postedFlaw(r, seen, postErr, now, next); wrong != "" {
						t.Fatalf("%s: %+v, then, with %q, %+v\n%s", wrong, decision, postErr, next, describe(r, seen, now))
					}
				}
			}
		}
	}
	t.Logf("%d decisions", n)
}

// postedFlaw says what is wrong with a decision once a POST has been made.
func postedFlaw(r Rollout, seen Observation, postErr DeviceError, now time.Time, decision Decision) string {
	errs := DeviceErrors{Post: postErr}
	if postErr == NoError {
		errs.Post = r.Reported.Post
	}
	switch {
	case decision.Action != Wait && decision.Action != Report:
		return "an answer that decides something"
	case decision.After != timing.Poll:
		return "an answer that changes the pause"
	case decision.Action == Report && decision.Errors != errs:
		return "the error of the POST is not the one reported"
	case decision.Action == Wait && r.ReportedAt.IsZero() && postErr != NoError:
		return "the first error of a phase is not reported"
	}
	return flaw(r, seen, now, decision)
}

// reportFlaw says what is wrong with a report, if anything is.
func reportFlaw(r Rollout, seen Observation, now time.Time, errs DeviceErrors) string {
	switch {
	case r.ObservedGeneration != r.Generation || !slices.Contains([]v1.Phase{v1.Transferring, v1.Rebooting, v1.Verifying}, r.Phase):
		return "a report in a phase in which nobody observes the device"
	case errs == r.Reported:
		return "what is reported is reported again"
	case !r.ReportedAt.IsZero() && now.Sub(r.ReportedAt) < time.Minute:
		return "the report changes within a minute"
	case errs.Observe != seen.Error:
		return "the reported error of the observation is not the one it has"
	case errs.Post == NoError && r.Reported.Post != NoError && (r.Phase != v1.Transferring || seen.Transfer.Key != r.Key()):
		return "the error of a POST is gone, and no observation has shown its effect"
	}
	return ""
}

// flaw says what is wrong with a decision, if anything is.
func flaw(r Rollout, seen Observation, now time.Time, decision Decision) string {
	ended := r.ObservedGeneration == r.Generation && (r.Phase == v1.Succeeded || r.Phase == v1.Failed)
	switch {
	case decision.Action != Write && decision.To != (Transition{}):
		return "a transition that is not to be written"
	case decision.Action != Report && decision.Errors != (DeviceErrors{}):
		return "errors that are not to be reported"
	case decision.Action == Wait && seen.Error != NoError && r.ReportedAt.IsZero() && r.Phase != v1.Pending:
		return "the first error of a phase is not reported"
	case decision.Action == Nothing && ours(r) && !ended:
		return "a rollout that has not ended is left alone"
	case decision.Action != Nothing && (ended || r.ObservedGeneration > r.Generation):
		return "something is done though nothing must be"
	case decision.Action == Observe:
		return "an observation is asked for again"
	case (decision.Action == Wait || decision.Action == Report) && decision.After <= 0:
		return "a wait without a duration"
	}
	switch decision.Action {
	case Report:
		return reportFlaw(r, seen, now, decision.Errors)
	case Write:
		return transitionFlaw(r, seen, now, decision.To)
	case Burn:
		switch {
		case r.Phase != v1.Transferring:
			return "a burn in another phase"
		case seen.Error != NoError:
			return "a burn on no reading"
		case seen.Transfer.Key == r.Key():
			return "a second burn of one attempt"
		case seen.Running == r.Image && seen.Healthy && seen.Staged == "" && seen.Transfer.State != TransferRunning:
			return "a burn of what runs, healthy, with nothing staged or under way"
		case r.Attempts == 1 && now.Sub(since) < timing.Transfer/2 && seen.Running == r.Image && seen.Staged == "" && seen.Transfer.State != TransferRunning:
			return "a burn of what runs and may only need time to be healthy"
		case underWayForUs(r, seen) && (seen.Transfer.Progress > knownOf(r, seen) || now.Sub(since) < timing.Stall):
			return "a burn over an earlier attempt's transfer that makes progress, or may yet"
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
func transitionFlaw(r Rollout, seen Observation, now time.Time, to Transition) string {
	from, reached := position(r), transition.Position{Generation: to.Generation, Phase: to.Phase, Attempts: to.Attempts}
	failed := from.Generation == to.Generation && (to.Phase == v1.Pending || to.Phase == v1.Failed)
	begun := from.Generation == to.Generation && to.Phase == v1.Transferring
	switch {
	case to.ImageGeneration != r.Generation && (r.ObservedImage != r.Image || to.ImageGeneration != r.ImageGeneration):
		return "the image is said to be the same for longer than it is"
	case to.Unfinished != unfinishedAfter(r, seen, to):
		return fmt.Sprintf("%+v is stored of what is left under way, not %+v", to.Unfinished, unfinishedAfter(r, seen, to))
	case !transition.Allowed(from, reached) || from == reached:
		return "a transition that the table doesn't have"
	case !transition.Less(from, reached):
		return "a transition that doesn't move forward"
	case to.Generation != r.Generation:
		return "a transition of another generation"
	case failed != (to.Failure != ""):
		return "a sentence about a failure without one, or the reverse"
	case begun && to.Attempts > r.MaxAttempts:
		return "an attempt more than maxAttempts"
	case failed && (to.Phase == v1.Failed) != (r.Attempts >= r.MaxAttempts):
		return "Failed is not reached exactly when the attempts are used up"
	case to.Phase == v1.Succeeded && (seen.Error != NoError || seen.Running != r.Image || !seen.Healthy):
		return "Succeeded without the device healthy on the image"
	case to.Phase == v1.Rebooting && !stagedByUs(r, seen):
		return "Rebooting without the image staged by this generation"
	case to.Phase == v1.Verifying && (seen.Error != NoError || seen.Running != r.Image):
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

// underWayForUs says whether a transfer of this or an earlier attempt is under way.
func underWayForUs(r Rollout, seen Observation) bool {
	return seen.Transfer.State == TransferRunning && isOurs(r, seen.Transfer.Key)
}

// isOurs says whether a key belongs to this attempt or an earlier one, including
// those of the previous generation if it has the same image.
func isOurs(r Rollout, key string) bool {
	keys := keysAround(r)
	before := r.ObservedImage == r.Image && r.ImageGeneration < r.Generation && key == keys[2]
	return r.Attempts > 0 && (key == keys[0] || key == keys[1] || before)
}

// knownOf is the progress of a transfer that the status has stored.
func knownOf(r Rollout, seen Observation) int {
	if r.Unfinished.Key == seen.Transfer.Key {
		return r.Unfinished.Progress
	}
	return 0
}

// unfinishedAfter is the transfer that a transition has to store.
func unfinishedAfter(r Rollout, seen Observation, to Transition) UnfinishedTransfer {
	switch {
	case r.Phase == v1.Pending && to.Phase == v1.Transferring:
		return r.Unfinished
	case r.Phase != v1.Transferring || to.Failure == "":
	case seen.Error != NoError:
		return r.Unfinished
	case underWayForUs(r, seen):
		return UnfinishedTransfer{seen.Transfer.Key, seen.Transfer.Progress}
	}
	return UnfinishedTransfer{}
}

// TestATransferThatProgressesIsKept checks how long a retry waits for an earlier
// attempt's transfer that makes no progress: for the stall time, or the average time
// of one percent, but at most for half the deadline.
func TestATransferThatProgressesIsKept(t *testing.T) {
	hour := Timing{Poll: 5 * time.Second, Transfer: time.Hour, Stall: 2 * time.Minute}
	for _, c := range []struct {
		name           string
		attempts       int32
		left, progress int
		spread         int
		patience       time.Duration // 0 for ever
	}{
		{name: "further than it was", attempts: 2, left: 90, progress: 91},
		{name: "further than it was, by one answer", attempts: 2, left: 90, progress: 1, spread: 90},
		{name: "no further, by both answers", attempts: 2, left: 90, progress: 1, spread: 89, patience: 2 * time.Minute},
		{name: "no further", attempts: 2, left: 90, progress: 90, patience: 2 * time.Minute},
		{name: "less far, which cannot be", attempts: 2, left: 90, progress: 80, patience: 2 * time.Minute},
		{name: "a percent takes three minutes", attempts: 2, left: 20, progress: 20, patience: 3 * time.Minute},
		{name: "a percent takes three minutes, and it is the fourth attempt", attempts: 4, left: 60, progress: 60, patience: 3 * time.Minute},
		{name: "it hardly moved", attempts: 2, left: 1, progress: 1, patience: 30 * time.Minute},
		{name: "it never moved", attempts: 2, left: 0, progress: 0, patience: 2 * time.Minute},
	} {
		r := Rollout{UID: "u", Generation: 1, Image: image, MaxAttempts: 9, ObservedGeneration: 1, Phase: v1.Transferring, Attempts: c.attempts, Since: since}
		earlier := keysAround(r)[1]
		r.Unfinished = UnfinishedTransfer{earlier, c.left}
		seen := Observation{Running: other, Healthy: true, Transfer: Transfer{Key: earlier, Image: image, State: TransferRunning, Progress: c.progress}, ProgressSpread: c.spread}
		for _, at := range []time.Duration{0, c.patience - 1, c.patience, hour.Transfer - 1} {
			want := Wait
			if c.patience > 0 && at >= c.patience {
				want = Burn
			}
			if decision := Decide(r, &seen, since.Add(max(at, 0)), hour); decision.Action != want {
				t.Errorf("%s: after %v %+v", c.name, at, decision)
			}
		}
		if decision := Decide(r, &seen, since.Add(hour.Transfer), hour); decision.To.Failure == "" || decision.To.Unfinished != (UnfinishedTransfer{earlier, c.progress}) {
			t.Errorf("%s: at the deadline %+v", c.name, decision)
		}
	}
}

// stagedByUs says whether the image is staged by this attempt or an earlier one.
func stagedByUs(r Rollout, seen Observation) bool {
	return seen.Staged == r.Image && isOurs(r, seen.StagedKey)
}

// TestEveryTransitionIsTaken checks that Decide takes each transition of the table.
func TestEveryTransitionIsTaken(t *testing.T) {
	taken := map[v1.Phase]map[v1.Phase]bool{}
	for r := range rollouts() {
		if r.ObservedGeneration != r.Generation || !ours(r) {
			continue
		}
		for seen := range observations(r) {
			for _, now := range moments {
				if decision := observed(r, seen, now); decision.Action == Write {
					if taken[r.Phase] == nil {
						taken[r.Phase] = map[v1.Phase]bool{}
					}
					taken[r.Phase][decision.To.Phase] = true
				}
			}
		}
	}
	for _, from := range phases {
		got, want := slices.Sorted(maps.Keys(taken[from])), slices.Sorted(slices.Values(transition.Follows(from)))
		if !slices.Equal(got, want) {
			t.Errorf("%s is left for %v, the table says %v", from, got, want)
		}
	}
}

// TestEvidenceBeatsTheDeadline checks that time decides last: a deadline that has
// passed changes a decision only if the observation calls for no transition, and then
// the attempt fails. So whatever the device did while no controller ran counts.
func TestEvidenceBeatsTheDeadline(t *testing.T) {
	waiting := []v1.Phase{v1.Transferring, v1.Rebooting, v1.Verifying}
	for r := range rollouts() {
		if r.ObservedGeneration != r.Generation || !ours(r) || !slices.Contains(waiting, r.Phase) {
			continue
		}
		for seen := range observations(r) {
			inTime, late := observed(r, seen, since), observed(r, seen, since.Add(2*time.Hour))
			switch {
			case inTime.Action == Write && late != inTime:
				t.Fatalf("the observation calls for %+v, the deadline makes it %+v\n%s", inTime, late, describe(r, seen, since))
			case inTime.Action != Write && late.To.Failure == "":
				t.Fatalf("the deadline has passed without success, but not the attempt: %+v\n%s", late, describe(r, seen, since))
			}
		}
	}
}

// TestDeadlinesAndBackoffAreExact checks to the nanosecond when each phase is due, for
// a device that can't be reached.
func TestDeadlinesAndBackoffAreExact(t *testing.T) {
	for phase, lasts := range map[v1.Phase]time.Duration{
		v1.Pending: backoff, v1.Transferring: timing.Transfer, v1.Rebooting: timing.Reboot, v1.Verifying: timing.Verify,
	} {
		r := Rollout{UID: "u", Generation: 1, Image: image, MaxAttempts: 3, Backoff: backoff, ObservedGeneration: 1, Phase: phase, Attempts: 1, Since: since}
		r = afterReport(r, DeviceErrors{Observe: Unreachable}, since)
		if decision := observed(r, Observation{Error: Unreachable}, since.Add(lasts-1)); decision.Action != Wait {
			t.Errorf("%s, a nanosecond early: %+v", phase, decision)
		}
		if decision := observed(r, Observation{Error: Unreachable}, since.Add(lasts)); decision.Action != Write {
			t.Errorf("%s, due: %+v", phase, decision)
		}
	}
	r := Rollout{UID: "u", Generation: 1, Image: image, MaxAttempts: 3, Backoff: backoff, ObservedGeneration: 1, Phase: v1.Pending, Since: since}
	if decision := Decide(r, nil, since, timing); decision.Action != Write {
		t.Errorf("the first attempt waits: %+v", decision)
	}
	r.Attempts = 1
	if decision := Decide(r, nil, since.Add(time.Second), timing); decision.After != backoff-time.Second {
		t.Errorf("a retry that is due in %v is waited for for %v", backoff-time.Second, decision.After)
	}
}

// TestATimeThatIsAheadIsReplaced decides by a clock that is behind the status.
func TestATimeThatIsAheadIsReplaced(t *testing.T) {
	for _, phase := range phases {
		r := Rollout{UID: "u", Generation: 1, Image: image, MaxAttempts: 3, Backoff: backoff, ObservedGeneration: 1, Phase: phase, Attempts: 1, Since: since}
		want := Decision{Action: ResetTransitionTime}
		if phase == v1.Succeeded || phase == v1.Failed {
			want = Decision{Action: Nothing}
		}
		for _, now := range []time.Time{since.Add(-time.Microsecond), since.AddDate(-9, 0, 0)} {
			if decision := Decide(r, nil, now, timing); decision != want {
				t.Errorf("%s, by a clock that shows %v: %+v", phase, now, decision)
			}
		}
		if decision := Decide(r, nil, since, timing); decision.Action == ResetTransitionTime {
			t.Errorf("%s at the time of the status: %+v", phase, decision)
		}
		if r.Generation++; Decide(r, nil, since.Add(-1), timing).Action != Write {
			t.Errorf("%s of an older generation is kept", phase)
		}
	}
}

// TestReconcileIsIdempotent repeats every decision, and decides again on the same
// observation once the transition is stored. At most one of these decisions is a
// request to the device, and it is the last. No decision repeats a request whose
// effect the device shows.
func TestReconcileIsIdempotent(t *testing.T) {
	for first := range rollouts() {
		if !ours(first) {
			continue
		}
		for seen := range observations(first) {
			r, now := first, since.Add(2*time.Hour)
			for n := 0; ; n++ {
				decision := observed(r, seen, now)
				if decision != observed(r, seen, now) {
					t.Fatalf("a repeat decides otherwise\n%s", describe(r, seen, now))
				}
				if decision.Action == Report {
					if r = afterReport(r, decision.Errors, now); observed(r, seen, now).Action == Report {
						t.Fatalf("what is reported is reported again\n%s", describe(r, seen, now))
					}
					continue
				}
				if decision.Action != Write {
					if decision.Action == Burn && seen.Transfer.Key == r.Key() || decision.Action == Reboot && seen.Staged == "" {
						t.Fatalf("%+v, whose effect the device shows already\n%s", decision, describe(r, seen, now))
					}
					break
				}
				if n > 5 {
					t.Fatalf("one observation moves the status on and on\n%s", describe(first, seen, now))
				}
				r = after(r, decision.To, now)
			}
		}
	}
}

// TestFailuresAreShortSentences checks that lastError is one of a closed list of
// sentences, none of which is too long, whatever the timing.
func TestFailuresAreShortSentences(t *testing.T) {
	// The maximum length in the CustomResourceDefinition.
	const most = 256
	sentences := map[string]bool{}
	for r := range rollouts() {
		r.Since = time.Time{}.Add(-math.MaxInt64)
		for seen := range observations(r) {
			if decision := Decide(r, &seen, r.Since.Add(math.MaxInt64), longest); decision.To.Failure != "" {
				sentences[decision.To.Failure] = true
			}
		}
	}
	if len(sentences) < len(deviceErrors)*3 {
		t.Fatalf("only %d sentences", len(sentences))
	}
	if most := 20 + 4*(len(deviceErrors)+1)*2; len(sentences) > most {
		t.Errorf("%d sentences: something that a device sends has got into them", len(sentences))
	}
	for s := range sentences {
		if len(s) > most {
			t.Errorf("%d bytes: %s", len(s), s)
		}
		for _, sent := range []string{image, other, "u/", `"1.1"`} {
			if strings.Contains(s, sent) {
				t.Errorf("something that a device sent: %s", s)
			}
		}
	}
	for _, deviceErr := range append(slices.Clone(deviceErrors), PostRefused("/reboot", 999), PostUnanswered("/reboot", Unresolvable)) {
		if len(deviceErr) > 128 {
			t.Errorf("the CustomResourceDefinition allows no such error: %s", deviceErr)
		}
	}
	t.Logf("%d sentences", len(sentences))
}

// TestKeysTellAttemptsApart checks that no two attempts share a key, and that a key
// that only resembles one of this generation is not accepted.
func TestKeysTellAttemptsApart(t *testing.T) {
	r := Rollout{UID: "u", Generation: 1, Image: image, Attempts: 1}
	for _, key := range keysAround(r)[2:] {
		if (Observation{Staged: image, StagedKey: key}).hasStaged(r) {
			t.Errorf("%q passes for a key of an attempt up to %q", key, r.Key())
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

// TestPollsHaveJitter checks that the pauses between two observations are evenly
// spread over the range of the jitter, and don't depend on what the API server draws
// at random.
func TestPollsHaveJitter(t *testing.T) {
	jittery := timing
	jittery.Jitter = 10
	r := Rollout{UID: "u", Device: "press-01", Generation: 1, Image: image, MaxAttempts: 3, ObservedGeneration: 1, Phase: v1.Transferring, Attempts: 1, Since: since}
	pause := func(r Rollout, now time.Time) time.Duration {
		underWay := &Observation{Transfer: Transfer{Key: r.Key(), Image: image, State: TransferRunning}}
		decision := Decide(r, underWay, now, jittery)
		if decision.Action != Wait || decision != Decide(r, underWay, now, jittery) {
			t.Fatalf("%+v, and then %+v", decision, Decide(r, underWay, now, jittery))
		}
		return decision.After
	}
	const polls = 1000
	jitter, tenths := timing.Poll/10, [10]int{}
	seen := map[time.Duration]int{}
	for n := range polls {
		after := pause(r, since.Add(time.Duration(n)*time.Microsecond))
		if after < timing.Poll-jitter || after > timing.Poll+jitter {
			t.Fatalf("a pause of %v", after)
		}
		tenths[min(int((after-timing.Poll+jitter)*10/(2*jitter)), 9)]++
		seen[after]++
	}
	for n, times := range tenths {
		if times < polls/20 || times > polls/5 {
			t.Errorf("%d of %d pauses are in tenth %d of what the jitter spans", times, polls, n+1)
		}
	}
	if len(seen) < polls*9/10 {
		t.Errorf("%d pauses, of which only %d differ", polls, len(seen))
	}
	for name, other := range map[string]func(*Rollout){
		"device": func(r *Rollout) { r.Device = "press-02" }, "generation": func(r *Rollout) { r.Generation, r.ObservedGeneration = 2, 2 },
		"attempt": func(r *Rollout) { r.Attempts = 2 }, "phase": func(r *Rollout) { r.Since = r.Since.Add(time.Microsecond) },
	} {
		o := r
		other(&o)
		if pause(o, since.Add(time.Second)) == pause(r, since.Add(time.Second)) {
			t.Errorf("another %s has the same pause", name)
		}
	}
	again := r
	again.UID = "another"
	if pause(again, since) != pause(r, since) {
		t.Error("the pause depends on the uid")
	}
}
