package world

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/trace"
)

// Changes that people make in the API server: in the world's namespace, or to
// cluster-scoped objects. what has details for the trace. Each change is in the trace
// before it is sent, and ends when every controller has heard of it, so that changes
// are in their queues in the same order.

// Get reads an object. It returns an error if the API server is down.
func (w *World) Get(ctx context.Context, name string, o client.Object) error {
	if err := w.errDown(); err != nil {
		return err
	}
	o.SetName(name)
	if err := w.place(ctx, o); err != nil {
		return err
	}
	if err := w.client.Get(ctx, client.ObjectKeyFromObject(o), o); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// Create creates an object.
func (w *World) Create(ctx context.Context, o client.Object, what ...trace.Field) error {
	unnamed := o.GetName() == ""
	return w.change(ctx, o, "create", "", what, func() error {
		err := w.client.Create(ctx, o)
		if err == nil && unnamed {
			w.unnamed++
			w.generated.Note(o.GetName(), o.GetGenerateName(), strconv.Itoa(w.unnamed))
		}
		return err
	})
}

// Update updates an object. Without its last finalizer, one that is being deleted goes
// away.
func (w *World) Update(ctx context.Context, o client.Object, what ...trace.Field) error {
	return w.change(ctx, o, "update", "", what, func() error { return w.client.Update(ctx, o) })
}

// UpdateStatus updates an object's status.
func (w *World) UpdateStatus(ctx context.Context, o client.Object, what ...trace.Field) error {
	return w.change(ctx, o, "update", "status", what, func() error { return w.client.Status().Update(ctx, o) })
}

// Patch patches an object; a server-side apply is a patch, too.
func (w *World) Patch(ctx context.Context, o client.Object, patch client.Patch, what []trace.Field, options ...client.PatchOption) error {
	verb := "patch"
	if patch.Type() == types.ApplyPatchType {
		verb = "apply"
	}
	return w.change(ctx, o, verb, "", what, func() error { return w.client.Patch(ctx, o, patch, options...) })
}

// Delete deletes an object that was read before. One with a finalizer stays for now.
func (w *World) Delete(ctx context.Context, o client.Object) error {
	var what []trace.Field
	if len(o.GetFinalizers()) > 0 {
		what = append(what, trace.Bool(trace.HeldByFinalizer, true))
	}
	uid := o.GetUID()
	return w.change(ctx, o, "delete", "", what, func() error { return w.client.Delete(ctx, o, client.Preconditions{UID: &uid}) })
}

// change sends a change of an object.
func (w *World) change(ctx context.Context, o client.Object, verb, subresource string, what []trace.Field, send func() error) error {
	if err := w.errDown(); err != nil {
		return err
	}
	if err := w.place(ctx, o); err != nil {
		return err
	}
	e, err := w.byPerson(o, verb, subresource, what)
	if err != nil {
		return err
	}
	if w.decoder != nil {
		e.Stored = map[string]any{} // it is told when it is sent, and filled once that is answered
	}
	w.Observe(e)
	if err := send(); err != nil {
		return fmt.Errorf("%s, %s: %w", o.GetName(), trace.Say(e, w.hooks.Narrator), err)
	}
	if w.decoder != nil && verb != "delete" {
		maps.Copy(e.Stored, w.fieldsOf(o))
	}
	return w.quiet(ctx)
}
