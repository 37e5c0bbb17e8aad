package world

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/trace"
)

// What people do to the API server in a world, in its namespace or to what has none;
// what holds details for the trace. Each change is in the trace before it is sent, and is over when every
// controller has heard of it, so that what comes first is first in their queues.

// Get reads an object. The error says if the API server is down.
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
	return w.change(ctx, o, "create", "", what, func() error { return w.client.Create(ctx, o) })
}

// Update writes an object. One that is being deleted is gone with the last of its
// finalizers.
func (w *World) Update(ctx context.Context, o client.Object, what ...trace.Field) error {
	return w.change(ctx, o, "update", "", what, func() error { return w.client.Update(ctx, o) })
}

// UpdateStatus writes an object's status.
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

// Delete deletes an object that was read before; one with a finalizer is still
// there then.
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
	w.Observe(e)
	if err := send(); err != nil {
		return fmt.Errorf("%s, %s: %w", o.GetName(), trace.Say(e, w.hooks.Narrator), err)
	}
	return w.quiet(ctx)
}
