package world

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/instance"
	"example.com/edge-device-operator/harness/trace"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// What people do to the API server in a world. Each change is in the trace
// before it is sent, and counts as running until its answer's version is
// noted: the watch can beat the answer. It is over when every controller has
// heard of it, so that what comes first is first in their queues.

// Deploy creates a DeviceDeployment. Its name is the device's.
func (w *World) Deploy(ctx context.Context, spec v1.DeviceDeploymentSpec) error {
	if err := w.errDown(); err != nil {
		return err
	}
	dd := &v1.DeviceDeployment{ObjectMeta: metav1.ObjectMeta{Name: spec.DeviceRef, Namespace: w.namespace}, Spec: spec}
	return w.change(ctx, dd, "created: "+spec.Image, func() error { return w.written(dd, w.client.Create(ctx, dd)) })
}

// Edit changes the spec of a DeviceDeployment; what says how, for the trace.
func (w *World) Edit(ctx context.Context, name, what string, edit func(*v1.DeviceDeploymentSpec)) error {
	dd, err := w.get(ctx, name)
	if err != nil {
		return err
	}
	edit(&dd.Spec)
	return w.change(ctx, dd, "spec changed: "+what, func() error { return w.written(dd, w.client.Update(ctx, dd)) })
}

// Delete deletes a DeviceDeployment; one with a finalizer is still there then.
func (w *World) Delete(ctx context.Context, name string) error {
	dd, err := w.get(ctx, name)
	if err != nil {
		return err
	}
	remove := func() error { return w.client.Delete(ctx, dd, client.Preconditions{UID: &dd.UID}) }
	if len(dd.Finalizers) == 0 {
		return w.change(ctx, dd, "deleted", func() error { return w.gone(dd, remove()) })
	}
	return w.change(ctx, dd, "deleted, but held by a finalizer", func() error {
		if err := remove(); err != nil {
			return err
		}
		return w.written(dd, w.client.Get(ctx, client.ObjectKeyFromObject(dd), dd))
	})
}

// finalizer is what the object of somebody who isn't the operator is held by.
const finalizer = "somebody.example.com/hold"

// SetFinalizer has somebody who is not the operator add a finalizer to a
// DeviceDeployment, or remove it again, by which one that was deleted is gone.
func (w *World) SetFinalizer(ctx context.Context, name string, held bool) error {
	dd, err := w.get(ctx, name)
	if err != nil {
		return err
	}
	dd.Finalizers = nil
	what := "its finalizer is removed"
	if held {
		dd.Finalizers, what = []string{finalizer}, "somebody adds a finalizer"
	}
	return w.change(ctx, dd, what, func() error {
		err := w.client.Update(ctx, dd)
		if dd.DeletionTimestamp != nil {
			return w.gone(dd, err)
		}
		return w.written(dd, err)
	})
}

// gone notes that an object is no more, unless that is not so.
func (w *World) gone(dd *v1.DeviceDeployment, err error) error {
	if err == nil {
		w.statuses.forget(dd.Name)
		w.freshness.Deleted(dd.UID)
	}
	return err
}

// WriteStatus has somebody who is not the controller write a status. That the
// API server refuses it is part of the story, and no error.
func (w *World) WriteStatus(ctx context.Context, name string, edit func(*v1.DeviceDeploymentStatus)) error {
	dd, err := w.get(ctx, name)
	if err != nil {
		return err
	}
	if dd.Status.ObservedGeneration == 0 {
		dd.Status.LastTransitionTime = metav1.NewMicroTime(w.clock.Now())
	}
	edit(&dd.Status)
	what := "somebody writes its status: " + position(dd.Status)
	before, left := dd.ResourceVersion, w.operations.Count(name)
	err = w.change(ctx, dd, what, func() error { return w.written(dd, w.client.Status().Update(ctx, dd)) })
	if apierrors.IsInvalid(err) {
		w.trace.Add(trace.Line{At: w.Now(), Object: name, Text: "the API server refuses that"})
		return nil
	}
	if dd.ResourceVersion != before { // or nothing was to be changed
		w.foreign[dd.ResourceVersion] = true
		w.left[dd.ResourceVersion] = left
	}
	w.statuses.swap(name, dd.Status)
	return err
}

func (w *World) get(ctx context.Context, name string) (*v1.DeviceDeployment, error) {
	if err := w.errDown(); err != nil {
		return nil, err
	}
	dd := &v1.DeviceDeployment{}
	if err := w.client.Get(ctx, client.ObjectKey{Namespace: w.namespace, Name: name}, dd); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return dd, nil
}

// change sends a change of an object.
func (w *World) change(ctx context.Context, dd *v1.DeviceDeployment, what string, send func() error) error {
	token := w.activity.Begin(fmt.Sprintf("world: %s %s", dd.Name, what))
	w.trace.Add(trace.Line{At: w.Now(), Object: dd.Name, Text: what})
	err := send()
	token.End()
	if err != nil {
		return fmt.Errorf("%s, %s: %w", dd.Name, what, err)
	}
	return w.quiet(ctx)
}

// written notes the version of dd, unless it was not written.
func (w *World) written(dd *v1.DeviceDeployment, err error) error {
	if err == nil {
		w.freshness.Written(version(dd))
	}
	return err
}

// version is the version that a DeviceDeployment is.
func version(dd *v1.DeviceDeployment) instance.Version {
	return instance.Version{
		Kind: v1.GroupVersion.WithKind("DeviceDeployment").GroupKind(), Namespace: dd.Namespace,
		Name: dd.Name, Labels: dd.Labels, UID: dd.UID, ResourceVersion: dd.ResourceVersion,
	}
}
