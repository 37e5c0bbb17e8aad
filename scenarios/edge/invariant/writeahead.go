package invariant

import (
	"fmt"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/transition"
)

// WriteAhead is the invariant that nothing is begun before it is stored, as with a
// write-ahead log.
type WriteAhead struct{}

// Promise is the invariant in one sentence.
func (WriteAhead) Promise() string {
	return "no request of an attempt reaches the device before the API server has stored the attempt, and no request to reboot before it has stored Rebooting"
}

// Check compares requests with versions by their order, and state changes with versions
// by their times.
func (WriteAhead) Check(e Evidence) *Breach {
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
	for _, c := range e.StateChanges {
		g, n, ok := attemptOf(c.Key, uid)
		if c.Kind != devicesim.BurnStarted || c.ByHand || !ok {
			continue // another object's, or a person's
		}
		if !e.storedBefore(Operation{Began: c.At}, func(s *v1.DeviceDeploymentStatus) bool {
			return s.ObservedGeneration == g && s.Attempts == n && s.Phase == v1.Transferring
		}) {
			return breach(c.At, burnAfter(g, n), fmt.Sprintf("the device started burning when %s was stored", e.storedBy(Operation{Began: c.At})))
		}
	}
	return nil
}

// burnAfter describes what has to be stored before a burn for an attempt.
func burnAfter(generation int64, attempt int32) string {
	return fmt.Sprintf("%s is stored before the burn for it", describe(transition.Position{Generation: generation, Phase: v1.Transferring, Attempts: attempt}))
}

// storedBefore says whether a status was stored before an operation was sent. Within
// one instant their numbers decide, if both have one.
func (e Evidence) storedBefore(o Operation, is func(*v1.DeviceDeploymentStatus) bool) bool {
	for _, v := range e.Versions {
		if s := v.status(); s == nil || !is(s) {
			continue
		}
		return v.before(o)
	}
	return false
}

// storedBy describes the status that was stored when an operation was sent.
func (e Evidence) storedBy(o Operation) string {
	var last transition.Position
	for _, v := range e.Versions {
		if v.before(o) {
			last = positionOf(v.Object)
		}
	}
	return describe(last)
}

// before says whether a version was stored before an operation was sent.
func (v Version) before(o Operation) bool {
	if v.place() > 0 && o.Number > 0 {
		return v.place() < o.Number
	}
	return !v.At.After(o.Began)
}

// isCurrent says whether the object existed at a time, so that its name did not mean an
// earlier or a later one.
func (e Evidence) isCurrent(t time.Time) bool {
	return !t.Before(e.Versions[0].At) && (e.Deleted.IsZero() || t.Before(e.Deleted))
}
