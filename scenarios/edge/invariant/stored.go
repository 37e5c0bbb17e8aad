package invariant

import (
	"fmt"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// StoredFirst is the invariant that is called write-ahead: what was not stored
// is not begun.
type StoredFirst struct{}

// Promise says it in one sentence.
func (StoredFirst) Promise() string {
	return "no request of an attempt reaches the device before the API server has stored the attempt, nor a request to reboot before it has stored Rebooting"
}

// Check compares requests with versions: by the order in which they left,
// and what the device did by its time.
func (StoredFirst) Check(e Evidence) *Breach {
	uid := string(e.Versions[0].Object.UID)
	for _, o := range e.Operations {
		switch {
		case o.Kind == Burn:
			g, n, ok := attemptOf(o.Key, uid)
			if ok && !e.storedBefore(o, func(s *v1.DeviceDeploymentStatus) bool {
				return s.ObservedGeneration == g && s.Attempts == n && s.Phase == v1.Transferring
			}) {
				return breach(o.Began, burnAfter(g, n), fmt.Sprintf("%s left when %s was stored", o, e.storedBy(o)))
			}
		case o.Kind == Reboot && e.isCurrent(o.Began) && !o.Began.Equal(e.Versions[0].At):
			if !e.storedBefore(o, func(s *v1.DeviceDeploymentStatus) bool { return s.Phase == v1.Rebooting }) {
				return breach(o.Began, "Rebooting is stored before a reboot is asked for", fmt.Sprintf("%s left when %s was stored", o, e.storedBy(o)))
			}
		}
	}
	for _, d := range e.Deeds {
		g, n, ok := attemptOf(d.Key, uid)
		if d.Kind != devicesim.BurnStarted || !ok {
			continue // another object's, or a person's
		}
		if !e.storedBefore(Operation{Began: d.At}, func(s *v1.DeviceDeploymentStatus) bool {
			return s.ObservedGeneration == g && s.Attempts == n && s.Phase == v1.Transferring
		}) {
			return breach(d.At, burnAfter(g, n), fmt.Sprintf("the device began to burn when %s was stored", e.storedBy(Operation{Began: d.At})))
		}
	}
	return nil
}

// burnAfter says what is stored before a burn for an attempt.
func burnAfter(generation int64, attempt int32) string {
	return fmt.Sprintf("%s is stored before the burn for it", describe(rollout.Position{Generation: generation, Phase: v1.Transferring, Attempts: attempt}))
}

// storedBefore says whether a status was stored before an operation left.
// Within one instant the order of requests tells, where both have a number.
func (e Evidence) storedBefore(o Operation, is func(*v1.DeviceDeploymentStatus) bool) bool {
	for _, v := range e.Versions {
		if s := v.status(); s == nil || !is(s) {
			continue
		}
		return v.before(o)
	}
	return false
}

// storedBy says where the status stood when an operation left.
func (e Evidence) storedBy(o Operation) string {
	var last rollout.Position
	for _, v := range e.Versions {
		if v.before(o) {
			last = positionOf(v.Object)
		}
	}
	return describe(last)
}

// before says whether a version was stored before an operation left.
func (v Version) before(o Operation) bool {
	if v.Operation > 0 && o.Number > 0 {
		return v.Operation < o.Number
	}
	return !v.At.After(o.Began)
}

// isCurrent says whether it is this object that its name meant at a time: it was
// there by then, and not deleted yet.
func (e Evidence) isCurrent(t time.Time) bool {
	return !t.Before(e.Versions[0].At) && (e.Deleted.IsZero() || t.Before(e.Deleted))
}
