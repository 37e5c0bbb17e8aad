package invariant

import (
	"fmt"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// TransferKept is the invariant that no deadline throws away a transfer that
// gets on.
type TransferKept struct{}

// Promise says it in one sentence.
func (TransferKept) Promise() string {
	return "a burn replaces a transfer of its own generation, or of one before it that asks for the same image, only if both readings show it no further than the last deadline left it, if any did, and the attempt has waited for the stall time; and one that is no further after half the transfer deadline is replaced"
}

// Check looks at what each burn is based on.
func (TransferKept) Check(e Evidence) *Breach {
	if e.BeyondBound {
		return nil
	}
	uid := string(e.Versions[0].Object.UID)
	turns := e.turns()
	for n, t := range turns {
		if b := e.stuck(turns[n+1:], t); b != nil {
			return b
		}
		for n, o := range t {
			g, attempt, ours := attemptOf(o.Key, uid)
			if o.Kind != Burn || !ours {
				continue
			}
			key, _, progress := t[:n].showsTransfer()
			if key == o.Key || !e.burnsFor(g)(key) {
				continue
			}
			left := e.leftAt(key, o)
			waited, patience := o.Began.Sub(e.begun(g, attempt)), min(e.Timing.Stall, e.Timing.Transfer/2)
			switch {
			case progress > left:
				return breach(o.Began, fmt.Sprintf("a transfer that stood at %d %% when an attempt ended is left alone at %d %%", left, progress), fmt.Sprintf("%s replaces it", o))
			case waited < patience:
				return breach(o.Began, fmt.Sprintf("a transfer that stands at %d %% is left alone for %v", progress, patience), fmt.Sprintf("%s replaces it %v into the attempt", o, waited))
			}
		}
	}
	return nil
}

// stuck looks for a retry that stays with a transfer which gets no further.
func (e Evidence) stuck(later []turn, t turn) *Breach {
	var s *v1.DeviceDeploymentStatus
	for _, v := range e.Versions {
		if v.before(t[0]) {
			s = v.status()
		}
	}
	if s == nil || s.Phase != v1.Transferring || !e.isCurrent(t.began()) {
		return nil
	}
	own := fmt.Sprintf("%s/%d/%d", e.Versions[0].Object.UID, s.ObservedGeneration, s.Attempts)
	key, _, most := t.showsTransfer()
	if key == own || !e.burnsFor(s.ObservedGeneration)(key) {
		return nil
	}
	left, waited := e.leftAt(key, t[0]), t.began().Sub(s.LastTransitionTime.Time)
	switch {
	case most > left, waited < e.Timing.Transfer/2:
	case len(t) > len(t.looks()), e.stale(t.began()), !e.isOver(later, t): // it asked for something else, or couldn't
	default:
		return breach(t.began(), fmt.Sprintf("a transfer that is no further than %d %%, where an attempt left it, is replaced", left), fmt.Sprintf("it is left alone %v into the attempt", waited))
	}
	return nil
}

// showsTransfer says which transfer the last two looks of a reconcile agree to
// be under way, and how far they say that it is, at least and at most; no key
// where they show none.
func (t turn) showsTransfer() (key string, least, most int) {
	looks := t.looks()
	if len(looks) < 2 {
		return "", 0, 0
	}
	a, b := looks[len(looks)-2].Shown, looks[len(looks)-1].Shown
	if a == nil || b == nil || a.Transfer == nil || b.Transfer == nil || a.Transfer.State != "running" || b.Transfer.State != "running" || a.Transfer.Key != b.Transfer.Key {
		return "", 0, 0
	}
	return a.Transfer.Key, min(a.Transfer.Progress, b.Transfer.Progress), max(a.Transfer.Progress, b.Transfer.Progress)
}

// leftAt is how far the looks surely showed a transfer at the ends of attempts,
// the last time that they did before an operation; 0 if they never did.
func (e Evidence) leftAt(key string, o Operation) (progress int) {
	for _, v := range e.Versions {
		s := v.status()
		if s == nil || s.Phase != v1.Pending || !v.before(o) {
			continue
		}
		if shown, least, _ := e.turnOf(v.Operation).showsTransfer(); shown == key {
			progress = least
		}
	}
	return progress
}
