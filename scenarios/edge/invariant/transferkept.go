package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// TransferKept is the invariant that a retry doesn't throw away a transfer that makes
// progress.
type TransferKept struct{}

// Promise is the invariant in one sentence.
func (TransferKept) Promise() string {
	return "a burn replaces a transfer of its own generation, or of an earlier one that asks for the same image, only if both readings show no more progress than at the last deadline, if there was one, and the attempt has waited for the stall time, or, if that is longer, for the time of one percent on average over the attempts before it, but for half the transfer deadline at most; and a transfer that shows no more after that is replaced"
}

// Check looks at the observation that each burn is based on.
func (TransferKept) Check(e Evidence) *Breach {
	if e.BeyondBound {
		return nil
	}
	uid := string(e.Versions[0].Object.UID)
	reconciles := e.reconciles()
	for n, r := range reconciles {
		if b := e.stuck(reconciles[n+1:], r); b != nil {
			return b
		}
		for n, o := range r {
			g, attempt, ours := attemptOf(o.Key, uid)
			if o.Kind != Burn || !ours {
				continue
			}
			key, _, progress := r[:n].showsTransfer()
			if key == o.Key || !e.burnsFor(g)(key) {
				continue
			}
			left := e.leftAt(key, o)
			waited, patience := o.Began.Sub(e.begun(g, attempt, o.Began)), e.patience(attempt, left)
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

// stuck looks for a retry that keeps waiting for a transfer without progress.
func (e Evidence) stuck(later []reconcile, r reconcile) *Breach {
	var s *v1.DeviceDeploymentStatus
	for _, v := range e.Versions {
		if v.before(r[0]) {
			s = v.status()
		}
	}
	if s == nil || s.Phase != v1.Transferring || !e.isCurrent(r.began()) {
		return nil
	}
	own := attemptKey(e.Versions[0].Object.UID, s.ObservedGeneration, s.Attempts)
	key, _, most := r.showsTransfer()
	if key == own || !e.burnsFor(s.ObservedGeneration)(key) {
		return nil
	}
	left, waited := e.leftAt(key, r[0]), r.began().Sub(s.LastTransitionTime.Time)
	switch {
	case most > left, waited < e.patience(s.Attempts, left):
	case len(r) > len(r.observation()), e.staleDuring(r), !e.isOver(later, r): // it sent another request, or could not
	default:
		return breach(r.began(), fmt.Sprintf("a transfer that shows no more than %d %%, as at the end of an attempt, is replaced", left), fmt.Sprintf("it is left alone %v into the attempt", waited))
	}
	return nil
}

// patience is how long an attempt waits for a transfer to get further than it was, in
// percent, when the last attempt ended: as long as a percent took if all attempts before it
// went into that transfer.
func (e Evidence) patience(attempt int32, left int) time.Duration {
	patience := e.Timing.Stall
	if left > 0 {
		patience = max(patience, e.Timing.Transfer*time.Duration(max(1, attempt-1))/time.Duration(left))
	}
	return min(patience, e.Timing.Transfer/2)
}

// showsTransfer returns the key of the transfer that is under way according to both
// of a reconcile's last two readings, and the lower and the higher of the two
// progresses; the key is empty if there is none.
func (r reconcile) showsTransfer() (key string, least, most int) {
	readings := r.observation().lastTwo()
	if len(readings) < 2 {
		return "", 0, 0
	}
	a, b := readings[0].Health, readings[1].Health
	if a == nil || b == nil || a.Transfer == nil || b.Transfer == nil || a.Transfer.State != "running" || b.Transfer.State != "running" || a.Transfer.Key != b.Transfer.Key {
		return "", 0, 0
	}
	return a.Transfer.Key, min(a.Transfer.Progress, b.Transfer.Progress), max(a.Transfer.Progress, b.Transfer.Progress)
}

// leftAt returns the progress of a transfer at the end of the last attempt before an
// operation at which both readings showed it; 0 if there is none.
func (e Evidence) leftAt(key string, o Operation) (progress int) {
	var was v1.Phase
	for _, v := range e.Versions {
		s := v.status()
		if s == nil {
			continue
		}
		ended := was
		was = s.Phase
		if s.Phase != v1.Pending && s.Phase != v1.Failed || e.byHand(v) || !v.before(o) {
			continue
		}
		switch ended {
		case v1.Transferring:
			deciding, _ := e.decision(v)
			if shown, least, _ := deciding.showsTransfer(); shown == key {
				progress = least
			}
		case v1.Rebooting, v1.Verifying:
			progress = 0 // nobody waited for it any more
		}
	}
	return progress
}
