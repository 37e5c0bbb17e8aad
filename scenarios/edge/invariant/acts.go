package invariant

import (
	"fmt"
	"slices"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Acts is the invariant that nothing is left undone that can be done.
type Acts struct{}

// Promise is the invariant in one sentence.
func (Acts) Promise() string {
	return "a controller acts on what it has observed, in that reconcile: by a POST, or by a transition; it may wait only for a transfer of its image under way, or for the image that runs to become healthy, in Transferring for the first attempt's verify deadline and half of its own at most; and it leaves a POST out only if the object, read again, has changed or can't be read"
}

// Check looks at what each reconcile made of its observation.
func (Acts) Check(e Evidence) *Breach {
	reconciles := e.reconciles()
	for n, r := range reconciles {
		v := e.actedOn(r)
		readings := r.observation().lastTwo()
		if v == nil || len(readings) < 2 || !agree(readings[0], readings[1]) || !e.isOver(reconciles[n+1:], r) {
			continue
		}
		s, h := v.status(), readings[1].Health
		if !e.mayWait(s, r.began(), v.Object.Spec.Image, h) && !e.acts(r, v) {
			return breach(r.ended(), fmt.Sprintf("a POST or a transition in %s, since %s shows that %s", s.Phase, readings[1], shows(h)), "the reconcile ends without")
		}
	}
	return nil
}

// actedOn returns the version that a reconcile observed for, nil if that isn't known, or if
// its device has nothing to do.
func (e Evidence) actedOn(r reconcile) *Version {
	if r[0].Number == 0 || !e.isCurrent(r.began()) || e.staleDuring(r) {
		return nil
	}
	var v *Version
	for n := range e.Versions {
		if next := &e.Versions[n]; next.before(r[0]) {
			v = next
		} else if !next.At.After(r.ended()) && !slices.ContainsFunc(r, func(o Operation) bool { return o.Number == next.Operation }) {
			return nil // somebody else wrote meanwhile
		}
	}
	switch {
	case v == nil, v.status() == nil, v.Object.DeletionTimestamp != nil, e.deadline(v.status().Phase) == 0:
		return nil
	case v.status().ObservedGeneration != v.Object.Generation, v.Object.Status.LastTransitionTime.After(r.began()):
		return nil
	case v.At.Equal(r.began()) && !e.wrote(v.Operation, r):
		return nil // it may have begun with the version before
	}
	return v
}

// mayWait says whether a controller may do nothing after a reading.
func (e Evidence) mayWait(s *v1.DeviceDeploymentStatus, at time.Time, image string, h *devicesim.Health) bool {
	sick, lasts := h.Running == image && !h.Healthy, at.Sub(s.LastTransitionTime.Time)
	switch {
	case s.Phase == v1.Transferring && h.Transfer != nil && h.Transfer.State == "running":
		return e.burnsFor(s.ObservedGeneration)(h.Transfer.Key)
	case s.Phase == v1.Transferring:
		return sick && s.Attempts == 1 && lasts < min(e.Timing.Verify, e.Timing.Transfer/2)
	}
	return s.Phase == v1.Verifying && sick
}

// shows describes what a reading shows.
func shows(h *devicesim.Health) string {
	text := "the device runs " + h.Running
	if h.Staged != nil {
		text += ", with " + h.Staged.Image + " staged"
	}
	return text
}

// acts says whether a reconcile did something about a version that it had observed for, or
// found that it must not.
func (e Evidence) acts(r reconcile, v *Version) bool {
	return slices.ContainsFunc(r, func(o Operation) bool {
		return o.posts() || e.moreThanReport(o) || o.Kind == Read && (o.Read == nil || o.Read.ResourceVersion != v.Object.ResourceVersion)
	})
}
