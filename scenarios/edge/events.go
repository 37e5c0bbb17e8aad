package edge

import (
	"context"
	"fmt"

	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// End ends the run: it reads the Events, and checks the invariants on every object once
// more. If part of the control plane is down, it first kills the controllers and starts
// that part.
func (w *World) End(ctx context.Context) error {
	if err := w.World.End(ctx); err != nil {
		return err
	}
	list := &eventsv1.EventList{}
	if err := w.Client().List(ctx, list, client.InNamespace(w.Namespace())); err != nil {
		return fmt.Errorf("read the Events: %w", err)
	}
	w.events = map[types.UID][]invariant.Event{}
	for _, e := range list.Items {
		uid := e.Regarding.UID
		w.events[uid] = append(w.events[uid], invariant.Event{At: e.EventTime.Time, Reason: e.Reason})
	}
	return w.checkAll(true)
}
