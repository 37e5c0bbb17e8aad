package invariant

import (
	"fmt"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
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
func (StoredFirst) Check(e Evidence) (time.Time, string) {
	uid := string(e.Versions[0].Object.UID)
	for _, o := range e.Operations {
		switch {
		case o.Kind == Burn:
			g, n, ok := attemptOf(o.Key, uid)
			if ok && !e.storedBefore(o, func(s *v1.DeviceDeploymentStatus) bool {
				return s.ObservedGeneration == g && s.Attempts == n && s.Phase == v1.Transferring
			}) {
				return o.Began, fmt.Sprintf("request #%d is a burn for attempt %d of generation %d, which was not stored yet", o.Number, n, g)
			}
		case o.Kind == Reboot && e.reigns(o.Began) && !o.Began.Equal(e.Versions[0].At):
			if !e.storedBefore(o, func(s *v1.DeviceDeploymentStatus) bool { return s.Phase == v1.Rebooting }) {
				return o.Began, fmt.Sprintf("request #%d is a reboot, and Rebooting was not stored yet", o.Number)
			}
		}
	}
	for _, d := range e.Deeds {
		g, n, ok := attemptOf(d.Key, uid)
		if d.Kind != devicesim.BurnBegan || !ok {
			continue // another object's, or a person's
		}
		if !e.storedBefore(Operation{Began: d.At}, func(s *v1.DeviceDeploymentStatus) bool {
			return s.ObservedGeneration == g && s.Attempts == n && s.Phase == v1.Transferring
		}) {
			return d.At, fmt.Sprintf("the device burned for attempt %d of generation %d, which was not stored yet", n, g)
		}
	}
	return time.Time{}, ""
}

// storedBefore says whether a status was stored before an operation left.
// Within one instant the order of requests tells, where both have a number.
func (e Evidence) storedBefore(o Operation, is func(*v1.DeviceDeploymentStatus) bool) bool {
	for _, v := range e.Versions {
		if v.Object.Status == nil || !is(v.Object.Status) {
			continue
		}
		if v.Operation > 0 && o.Number > 0 {
			return v.Operation < o.Number
		}
		return !v.At.After(o.Began)
	}
	return false
}

// reigns says whether it is this object that its name meant at a time: it was
// there by then, and not deleted yet.
func (e Evidence) reigns(t time.Time) bool {
	return !t.Before(e.Versions[0].At) && (e.Deleted.IsZero() || t.Before(e.Deleted))
}
