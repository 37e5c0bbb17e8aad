package edge

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/trace"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// Promise is the invariant that every rollout ends.
func (w *World) Promise() string { return invariant.Terminates{}.Promise() }

// Expected describes how rollouts end.
func (w *World) Expected() string { return "Succeeded or Failed, in the end" }

// State describes the position of a rollout.
func (w *World) State(o client.Object) string {
	return positionText(trace.Event{Fields: position(o.(*v1.DeviceDeployment).Status)})
}

// Unended returns the DeviceDeployments that have neither Succeeded nor Failed, and
// still can, by the API server's history. One with a status ahead of its generation
// can't, nor can one that is being deleted.
func (w *World) Unended() (all []client.Object, err error) {
	present, err := w.Present()
	for _, o := range present {
		last := o.(*v1.DeviceDeployment)
		s := last.Status
		ended := s.ObservedGeneration == last.Generation && (s.Phase == v1.Succeeded || s.Phase == v1.Failed)
		if !ended && s.ObservedGeneration <= last.Generation && last.DeletionTimestamp == nil {
			all = append(all, o)
		}
	}
	return all, err
}
