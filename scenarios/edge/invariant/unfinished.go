package invariant

import (
	"fmt"
	"slices"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// Unfinished is the invariant that the status tells the next attempt of the transfer
// that the last one has left under way, and of no other.
type Unfinished struct{}

// Promise is the invariant in one sentence.
func (Unfinished) Promise() string {
	return "a status has as its transfer the one of its image that was under way in the observation at which the last attempt failed, at the lower of the two readings' progress, or, if that observation showed nothing, the one before; and keeps it until the image is staged or the device runs it, or another image is asked for"
}

// Check compares each status with the one before and with the observation that decided.
func (Unfinished) Check(e Evidence) *Breach {
	for n, v := range e.Versions {
		s := v.status()
		if n == 0 || s == nil || e.byHand(v) {
			continue
		}
		want, known := e.leavesUnfinished(e.Versions[n-1], v)
		if got := s.Transfer; known && transferText(got) != transferText(want) {
			return breach(v.At, transferText(want)+" in the status", transferText(got))
		}
	}
	return nil
}

// leavesUnfinished returns the transfer that a status has to have, after the one before.
func (e Evidence) leavesUnfinished(before, v Version) (left *v1.UnfinishedTransfer, known bool) {
	was, s := before.status(), v.status()
	switch {
	case was == nil:
		return nil, true
	case was.ObservedGeneration != s.ObservedGeneration:
		if was.Transfer != nil && e.burnsFor(s.ObservedGeneration)(was.Transfer.Key) {
			return was.Transfer, true
		}
		return nil, true
	case positionOf(before.Object) == positionOf(v.Object), was.Phase == v1.Pending:
		return was.Transfer, true
	case was.Phase != v1.Transferring || s.Phase != v1.Pending && s.Phase != v1.Failed:
		return nil, true
	}
	deciding, known := e.decision(v)
	switch key, least, _ := deciding.showsTransfer(); {
	case !known || !deciding.observes():
		return nil, false
	case !slices.Contains(deciding.observed(), rollout.NoError):
		return was.Transfer, true
	case key != "" && e.burnsFor(s.ObservedGeneration)(key):
		return &v1.UnfinishedTransfer{Key: key, Progress: int32(least)}, true
	}
	return nil, true
}

func transferText(t *v1.UnfinishedTransfer) string {
	if t == nil {
		return "no transfer"
	}
	return fmt.Sprintf("the transfer %s at %d %%", t.Key, t.Progress)
}
