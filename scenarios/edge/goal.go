package edge

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/trace"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// Promise is the promise that every rollout ends.
func (w *World) Promise() string { return invariant.Terminates{}.Promise() }

// Expected is how rollouts end.
func (w *World) Expected() string { return "Succeeded or Failed, in the end" }

// State says where a rollout stands.
func (w *World) State(o client.Object) string {
	return shownPosition(trace.Event{Fields: position(o.(*v1.DeviceDeployment).Status)})
}

// Unended are the DeviceDeployments that have neither Succeeded nor Failed, by
// the API server's history, and still can: of one whose status somebody wrote
// ahead of its generation, or that is being deleted, a controller moves nothing.
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
