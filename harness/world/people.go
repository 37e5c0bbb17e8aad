package world

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"example.com/edge-device-operator/harness/instance"
	"example.com/edge-device-operator/harness/trace"
)

// What people do to the API server in a world, in its namespace; what says it for
// the trace. Each change is in the trace before it is sent, and counts as running
// until its answer's version is noted: the watch can beat the answer. It is over
// when every controller has heard of it, so that what comes first is first in
// their queues.

// Get reads an object. The error says if the API server is down.
func (w *World) Get(ctx context.Context, name string, o client.Object) error {
	if err := w.errDown(); err != nil {
		return err
	}
	if err := w.client.Get(ctx, client.ObjectKey{Namespace: w.namespace, Name: name}, o); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// Create creates an object.
func (w *World) Create(ctx context.Context, o client.Object, what string) error {
	o.SetNamespace(w.namespace)
	return w.change(ctx, o, what, func() error { return w.written(o, w.client.Create(ctx, o)) })
}

// Update writes an object. One that is being deleted is gone with the last of its
// finalizers.
func (w *World) Update(ctx context.Context, o client.Object, what string) error {
	return w.change(ctx, o, what, func() error {
		last := o.GetDeletionTimestamp() != nil && len(o.GetFinalizers()) == 0
		err := w.client.Update(ctx, o)
		if last {
			return w.gone(o, err)
		}
		return w.written(o, err)
	})
}

// UpdateStatus writes an object's status.
func (w *World) UpdateStatus(ctx context.Context, o client.Object, what string) error {
	return w.change(ctx, o, what, func() error { return w.written(o, w.client.Status().Update(ctx, o)) })
}

// Patch patches an object; a server-side apply is a patch, too.
func (w *World) Patch(ctx context.Context, o client.Object, patch client.Patch, what string, options ...client.PatchOption) error {
	o.SetNamespace(w.namespace)
	return w.change(ctx, o, what, func() error { return w.written(o, w.client.Patch(ctx, o, patch, options...)) })
}

// Delete deletes an object that was read before; one with a finalizer is still
// there then.
func (w *World) Delete(ctx context.Context, o client.Object) error {
	uid := o.GetUID()
	remove := func() error { return w.client.Delete(ctx, o, client.Preconditions{UID: &uid}) }
	if len(o.GetFinalizers()) == 0 {
		return w.change(ctx, o, "deleted", func() error { return w.gone(o, remove()) })
	}
	return w.change(ctx, o, "deleted, but held by a finalizer", func() error {
		if err := remove(); err != nil {
			return err
		}
		return w.written(o, w.client.Get(ctx, client.ObjectKeyFromObject(o), o))
	})
}

// change sends a change of an object.
func (w *World) change(ctx context.Context, o client.Object, what string, send func() error) error {
	if err := w.errDown(); err != nil {
		return err
	}
	token := w.activity.Begin(fmt.Sprintf("world: %s %s", o.GetName(), what))
	w.Say(o.GetName(), what)
	err := send()
	token.End()
	if err != nil {
		return fmt.Errorf("%s, %s: %w", o.GetName(), what, err)
	}
	return w.quiet(ctx)
}

// Say adds a line about an object to the trace.
func (w *World) Say(object, text string) {
	w.trace.Add(trace.Line{At: w.Now(), Object: object, Text: text})
}

// written notes the version of an object, unless it was not written.
func (w *World) written(o client.Object, err error) error {
	if err != nil {
		return err
	}
	kind, err := apiutil.GVKForObject(o, w.operator.Scheme)
	if err != nil {
		return err
	}
	w.freshness.Written(version(kind, o))
	return nil
}

// version is the version that an object is.
func version(kind schema.GroupVersionKind, o client.Object) instance.Version {
	return instance.Version{
		Kind: kind.GroupKind(), Namespace: o.GetNamespace(), Name: o.GetName(), Labels: o.GetLabels(),
		UID: o.GetUID(), ResourceVersion: o.GetResourceVersion(),
	}
}

// gone notes that an object is no more, unless that is not so.
func (w *World) gone(o client.Object, err error) error {
	if err == nil {
		w.freshness.Deleted(o.GetUID())
	}
	return err
}
