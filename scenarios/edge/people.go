package edge

import (
	"context"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// What people do to DeviceDeployments.

// Deploy creates a DeviceDeployment. Its name is the device's.
func (w *World) Deploy(ctx context.Context, spec v1.DeviceDeploymentSpec) error {
	dd := &v1.DeviceDeployment{ObjectMeta: metav1.ObjectMeta{Name: spec.DeviceRef}, Spec: spec}
	return w.Create(ctx, dd, trace.String(imageField, spec.Image))
}

// Edit changes the spec of a DeviceDeployment. For the trace, what holds each changed
// field of the spec and its new value.
func (w *World) Edit(ctx context.Context, name string, what []trace.Field, edit func(*v1.DeviceDeploymentSpec)) error {
	dd, err := w.get(ctx, name)
	if err != nil {
		return err
	}
	edit(&dd.Spec)
	var changes []trace.Field
	for _, f := range what {
		changes = append(changes, trace.Field{Key: specPrefix + f.Key, Value: f.Value})
	}
	return w.Update(ctx, dd, changes...)
}

// DeleteDeployment deletes a DeviceDeployment. One with a finalizer stays for now.
func (w *World) DeleteDeployment(ctx context.Context, name string) error {
	dd, err := w.get(ctx, name)
	if err != nil {
		return err
	}
	err = w.Delete(ctx, dd)
	if len(dd.Finalizers) == 0 {
		return w.forgetDeleted(dd, err)
	}
	return err
}

// finalizer is the finalizer that a person adds.
const finalizer = "somebody.example.com/hold"

// SetFinalizer adds a person's finalizer to a DeviceDeployment, or removes it. Without
// it, an object that is being deleted goes away.
func (w *World) SetFinalizer(ctx context.Context, name string, held bool) error {
	dd, err := w.get(ctx, name)
	if err != nil {
		return err
	}
	deleting := dd.DeletionTimestamp != nil
	dd.Finalizers = nil
	what := "removed"
	if held {
		dd.Finalizers, what = []string{finalizer}, "added"
	}
	err = w.Update(ctx, dd, trace.String(finalizerField, what))
	if deleting {
		return w.forgetDeleted(dd, err)
	}
	return err
}

// forgetDeleted drops the last status of a deleted object, unless err says that the
// deletion failed.
func (w *World) forgetDeleted(dd *v1.DeviceDeployment, err error) error {
	if err == nil {
		w.statuses.forget(dd.Name)
	}
	return err
}

// WriteStatus writes a status as somebody other than the controller. If the API server
// refuses it as invalid, that is an event and no error.
func (w *World) WriteStatus(ctx context.Context, name string, edit func(*v1.DeviceDeploymentStatus)) error {
	dd, err := w.get(ctx, name)
	if err != nil {
		return err
	}
	if dd.Status.ObservedGeneration == 0 {
		dd.Status.LastTransitionTime = metav1.NewMicroTime(w.Clock().Now())
	}
	edit(&dd.Status)
	before, left := dd.ResourceVersion, w.Requests(name)
	err = w.UpdateStatus(ctx, dd, position(dd.Status)...)
	if apierrors.IsInvalid(err) {
		w.Observe(trace.Event{
			Subject: name, Actor: trace.Actor{Role: trace.Program, Name: world.APIServer}, Kind: trace.Refusal, Target: trace.Actor{Role: trace.Person},
			Result: trace.Result{Status: http.StatusUnprocessableEntity, Failure: trace.Invalid},
		})
		return nil
	}
	if dd.ResourceVersion != before { // else the write changed nothing
		w.foreign[dd.ResourceVersion] = true
		w.requestsBefore[dd.ResourceVersion] = left
	}
	w.statuses.swap(name, dd.Status)
	return err
}

func (w *World) get(ctx context.Context, name string) (*v1.DeviceDeployment, error) {
	dd := &v1.DeviceDeployment{}
	return dd, w.Get(ctx, name, dd)
}
