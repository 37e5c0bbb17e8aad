package edge

import (
	"context"
	"fmt"
	"strings"

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
	if err := w.sortEvents(list.Items); err != nil {
		return err
	}
	return w.checkAll(true)
}

// sortEvents sorts Events by the objects that they are about. One that names no object
// that ever was is about the last one of that name.
func (w *World) sortEvents(all []eventsv1.Event) error {
	histories, err := w.Histories()
	if err != nil {
		return err
	}
	last := map[string]types.UID{}
	known := map[types.UID]bool{}
	for _, h := range histories {
		o := h.Versions[0].Object
		last[o.GetName()], known[o.GetUID()] = o.GetUID(), true
	}
	w.events = map[types.UID][]invariant.Event{}
	for _, e := range all {
		uid := e.Regarding.UID
		if name, _, _ := strings.Cut(e.Name, "."); !known[uid] {
			uid = last[name]
		}
		w.events[uid] = append(w.events[uid], invariant.Event{
			Transition: invariant.Transition{At: e.EventTime.Time, Reason: e.Reason},
			Name:       e.Name, Note: e.Note, Type: e.Type, Regarding: e.Regarding,
			Complete: e.Action != "" && e.ReportingController != "" && e.ReportingInstance != "",
		})
	}
	return nil
}
