package edge

import (
	"encoding/json"
	"net/http"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// The fields of events that are about a DeviceDeployment or a device: docs/trace.md.
const (
	// phaseField, attemptField and generationField say where a status stands. An
	// object that nobody has reconciled has none of them.
	phaseField      = "phase"
	attemptField    = "attempt"
	generationField = "generation"
	// deletingField says that the object is being deleted.
	deletingField = "deleting"
	// changeField says what a controller's write of the status changed.
	changeField = "change"
	// fromField is the phase that a transition began in.
	fromField = "from"
	// lastErrorField is status.lastError of a transition to Pending or Failed.
	lastErrorField = "lastError"
	// observeField and postField are what status.deviceErrors says of looks and of POSTs.
	observeField = "observe"
	postField    = "post"

	// runningField, healthyField and stagedField are what a device says of itself.
	runningField = "running"
	healthyField = "healthy"
	stagedField  = "staged"
	// transferField is the state of its transfer, running or failed; of that image,
	// and so many per cent of it.
	transferField      = "transfer"
	transferImageField = "transferImage"
	progressField      = "progress"
	// reasonField says why an answer can't be read as a device's health; then
	// contentTypeField and deviceField say what it was.
	reasonField      = "reason"
	contentTypeField = "contentType"
	deviceField      = "device"

	// imageField is the image that a device is asked to burn, that it burned, staged or
	// booted, or that a DeviceDeployment was created with.
	imageField = "image"
	// faultField is the fault of the device's plan that made a change of its state.
	faultField = "fault"
	// finalizerField says whether somebody added or removed it.
	finalizerField = "finalizer"
)

// specPrefix begins the name of a field of the spec that somebody changed.
const specPrefix = "spec."

// What a write of the status changed, as changeField has it.
const (
	// transitionChange is a change of phase, attempts or observedGeneration.
	transitionChange = "transition"
	// deviceErrorsChange tells what is in the way, or that nothing is any more.
	deviceErrorsChange = "device-errors"
	// deletionChange says that the object is being deleted.
	deletionChange = "deletion"
	// timeChange has the phase count from now.
	timeChange = "transition-time"
)

// Why an answer can't be read, as reasonField has it.
const (
	wrongType   = "content-type"
	notJSON     = "not-json"
	otherDevice = "other-device"
)

// Describe adds what a request to the API server says of a DeviceDeployment, and
// what one to a device says of that.
func (w *World) Describe(x process.Exchange, e *trace.Event) {
	switch {
	case x.API && (e.Object.Group != kind.Group || e.Object.Kind != kind.Kind):
	case x.API:
		w.describeStatus(x, e)
	case isReading(*e):
		describeHealth(x, e)
	default:
		if image := x.Request.URL.Query().Get("image"); image != "" {
			e.Add(trace.String(imageField, image))
		}
	}
}

func (w *World) describeStatus(x process.Exchange, e *trace.Event) {
	if f := e.Result.Failure; f != "" && f != trace.Truncated {
		return
	}
	dd, ok := x.Answer.(*v1.DeviceDeployment)
	if !ok {
		e.Result.Failure = trace.Unreadable
		return
	}
	e.Add(position(dd.Status)...)
	if dd.DeletionTimestamp != nil {
		e.Add(trace.Bool(deletingField, true))
	}
	if e.Kind == trace.Write {
		e.Add(changed(w.statuses.swap(x.Object, dd.Status), *dd)...)
	}
}

// position says where a status stands.
func position(s v1.DeviceDeploymentStatus) []trace.Field {
	if s.ObservedGeneration == 0 {
		return nil
	}
	return []trace.Field{
		trace.String(phaseField, string(s.Phase)), trace.Int(attemptField, int(s.Attempts)), trace.Int(generationField, int(s.ObservedGeneration)),
	}
}

// changed says what a controller's write of a status changed.
func changed(before v1.DeviceDeploymentStatus, dd v1.DeviceDeployment) []trace.Field {
	s := dd.Status
	same := before.Phase == s.Phase && before.Attempts == s.Attempts && before.ObservedGeneration == s.ObservedGeneration
	switch {
	case same && s.DeviceErrors != nil && (before.DeviceErrors == nil || !before.DeviceErrors.Time.Equal(&s.DeviceErrors.Time)):
		fields := []trace.Field{trace.String(changeField, deviceErrorsChange)}
		if s.DeviceErrors.Observe != "" {
			fields = append(fields, trace.String(observeField, s.DeviceErrors.Observe))
		}
		if s.DeviceErrors.Post != "" {
			fields = append(fields, trace.String(postField, s.DeviceErrors.Post))
		}
		return fields
	case same && dd.DeletionTimestamp != nil:
		return []trace.Field{trace.String(changeField, deletionChange)}
	case same && !s.LastTransitionTime.Equal(&before.LastTransitionTime):
		return []trace.Field{trace.String(changeField, timeChange)}
	}
	fields := []trace.Field{trace.String(changeField, transitionChange)}
	if before.Phase != "" {
		fields = append(fields, trace.String(fromField, string(before.Phase)))
	}
	if s.LastError != "" && (s.Phase == v1.Failed || s.Phase == v1.Pending) {
		fields = append(fields, trace.String(lastErrorField, s.LastError))
	}
	return fields
}

func describeHealth(x process.Exchange, e *trace.Event) {
	if e.Result.Failure != "" || e.Result.Status != http.StatusOK {
		return
	}
	var h devicesim.Health
	switch kind := x.Header.Get("Content-Type"); {
	case kind != "application/json":
		e.Add(trace.String(reasonField, wrongType), trace.String(contentTypeField, kind))
	case json.Unmarshal(x.Body, &h) != nil:
		e.Add(trace.String(reasonField, notJSON))
	case h.Device != e.Target.Name:
		e.Add(trace.String(reasonField, otherDevice), trace.String(deviceField, h.Device))
	default:
		e.Add(health(h)...)
		return
	}
	e.Result.Failure = trace.Unreadable
}

// health is what a device says of itself.
func health(h devicesim.Health) []trace.Field {
	fields := []trace.Field{trace.String(runningField, h.Running), trace.Bool(healthyField, h.Healthy)}
	if h.Staged != nil {
		fields = append(fields, trace.String(stagedField, h.Staged.Image))
	}
	if t := h.Transfer; t != nil && (t.State == "running" || t.State == "failed") {
		fields = append(fields, trace.String(transferField, t.State), trace.String(transferImageField, t.Image), trace.Int(progressField, int(t.Progress)))
	}
	return fields
}

// stateChange is what a device physically did.
func stateChange(device string, d devicesim.StateChange) trace.Event {
	self := trace.Actor{Role: trace.System, Name: device}
	e := trace.Event{Subject: device, Actor: self, Kind: trace.State, Verb: string(d.Kind)}
	if d.Image != "" {
		e.Add(trace.String(imageField, d.Image))
	}
	if d.Kind == devicesim.Booted || d.Kind == devicesim.BecameHealthy {
		e.Add(trace.Bool(healthyField, d.Healthy))
	}
	if d.Fault != "" {
		e.Add(trace.String(faultField, d.Fault))
	}
	return e
}
