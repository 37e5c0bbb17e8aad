package invariant

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// Outcome is the invariant that a status says what was rolled out, and why it failed.
type Outcome struct{}

// Promise is the invariant in one sentence.
func (Outcome) Promise() string {
	return "a status names the image of its generation and the generation since which that is the same; status.lastError is empty when a generation begins, says when an attempt fails which phase failed, at which deadline or progress and with which error, and stays until the next failure"
}

// Check looks at each transition.
func (Outcome) Check(e Evidence) *Breach {
	var before Version
	for _, v := range e.Versions {
		s, was := v.status(), before.status()
		if s == nil {
			continue
		}
		last := before
		before = v
		if e.byHand(v) || was != nil && positionOf(last.Object) == positionOf(v.Object) {
			if was != nil && !e.byHand(v) && s.LastError != was.LastError {
				return breach(v.At, fmt.Sprintf("lastError stays %q, since %s does", was.LastError, s.Phase), fmt.Sprintf("%q", s.LastError))
			}
			continue
		}
		if s.Image != v.Object.Spec.Image {
			return breach(v.At, fmt.Sprintf("status.image %s, which is declared", v.Object.Spec.Image), "status.image "+s.Image)
		}
		since := s.ObservedGeneration
		if was != nil && was.Image == s.Image {
			since = was.ImageGeneration
		}
		if s.ImageGeneration != since {
			return breach(v.At, fmt.Sprintf("imageGeneration %d, since which the image is %s", since, s.Image), fmt.Sprintf("imageGeneration %d", s.ImageGeneration))
		}
		if expected := e.wrongError(last, v); expected != "" {
			return breach(v.At, "lastError "+expected, fmt.Sprintf("%q", s.LastError))
		}
	}
	return nil
}

// wrongError says what lastError should be after a transition, empty if it is right.
func (e Evidence) wrongError(before, v Version) (expected string) {
	s, was := v.status(), before.status()
	switch {
	case was == nil || was.ObservedGeneration != s.ObservedGeneration:
		if s.LastError != "" {
			return "is empty, since no attempt of this generation has failed"
		}
		return ""
	case s.Phase != v1.Failed && s.Phase != v1.Pending:
		if s.LastError != was.LastError {
			return fmt.Sprintf("stays %q, since no attempt has failed", was.LastError)
		}
		return ""
	case s.LastError == "":
		return "says why the attempt failed"
	case strings.Contains(s.LastError, "%!"), strings.HasSuffix(s.LastError, ": "):
		return "is a sentence"
	}
	deciding, known := e.decision(v)
	readings := deciding.observation()
	if !known || len(readings) == 0 {
		return ""
	}
	return e.wrongFailure(before, s.LastError, readings)
}

// wrongFailure says what the text of a failure should say that readings led to, after a
// version.
func (e Evidence) wrongFailure(before Version, text string, readings reconcile) (expected string) {
	was := before.status()
	says := func(words ...string) string {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return fmt.Sprintf("says %q", w)
			}
		}
		return ""
	}
	last := readings[len(readings)-1]
	deadline := e.deadline(was.Phase).String()
	noun := map[v1.Phase]string{v1.Transferring: "transfer", v1.Rebooting: "reboot", v1.Verifying: "verifying"}[was.Phase]
	pair, post := readings.lastTwo(), ""
	if was.DeviceErrors != nil {
		post = was.DeviceErrors.Post // as long as nothing shows its effect
	}
	switch {
	case last.Health == nil:
		return cmp.Or(says(noun, deadline, ": "), wrongTail(text, post, last.Met...))
	case len(readings) > 2 && !agree(pair[0], pair[1]):
		return cmp.Or(says(noun, deadline), wrongTail(text, post, rollout.Inconsistent))
	case len(pair) < 2, !agree(pair[0], pair[1]):
		return ""
	}
	h := last.Health
	transfer, own := h.Transfer, showsTransferOf(h, before.Object)
	switch {
	case was.Phase == v1.Transferring && own && transfer.State == "failed":
		return says(fmt.Sprintf("the transfer broke at %d %%", min(transfer.Progress, pair[0].Health.Transfer.Progress)))
	case was.Phase == v1.Transferring && own && transfer.State == "done":
		return says("the transfer ended")
	case was.Phase == v1.Transferring && own:
		return cmp.Or(says("the transfer took longer than "+deadline), wrongTail(text, "", rollout.NoError))
	case was.Phase == v1.Transferring && transfer != nil && transfer.State == "running":
		// It was taken for one that goes on, or was not.
		return cmp.Or(says("the transfer", deadline), wrongTail(text, post, rollout.NoError))
	case was.Phase == v1.Transferring:
		return cmp.Or(says("the transfer was not begun within "+deadline), wrongTail(text, post, rollout.NoError))
	case was.Phase == v1.Rebooting && h.Staged != nil && h.Staged.Image == was.Image && e.burnsFor(was.ObservedGeneration)(h.Staged.Key):
		return cmp.Or(says("did not reboot within "+deadline), wrongTail(text, post, rollout.NoError))
	case was.Phase == v1.Rebooting:
		return says("reboot", "without the image")
	case h.Running != was.Image:
		return says("another image")
	}
	return says("not healthy")
}

// wrongTail says how a message about a missed deadline should end, empty if it ends so:
// with the error that the observation met, one of several, and that of a POST, if there is
// one. It is empty, too, if nobody knows what was met.
func wrongTail(text, post string, met ...rollout.DeviceError) (expected string) {
	_, found, _ := strings.Cut(text, ": ")
	for _, observed := range met {
		errs := slices.DeleteFunc([]string{string(observed), post}, func(e string) bool { return e == "" })
		switch tail := strings.Join(errs, "; "); tail {
		case found:
			return ""
		case "":
			expected = "names no error"
		default:
			expected = fmt.Sprintf("ends with %q", ": "+tail)
		}
	}
	return expected
}
