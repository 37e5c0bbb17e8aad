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
	// phaseField, attemptField and generationField are the position of a status. An
	// object that has no status yet has none of them.
	phaseField      = "phase"
	attemptField    = "attempt"
	generationField = "generation"
	// deletingField says that the object is being deleted.
	deletingField = "deleting"
	// changeField is what a controller's write of the status changed.
	changeField = "change"
	// fromField is the phase before a transition.
	fromField = "from"
	// lastErrorField is status.lastError after a transition to Pending or Failed.
	lastErrorField = "lastError"
	// observeField and postField are status.deviceErrors.observe and .post.
	observeField = "observe"
	postField    = "post"

	// runningField, healthyField and stagedField are in a reading of /health.
	runningField = "running"
	healthyField = "healthy"
	stagedField  = "staged"
	// transferField is the state of the transfer in a reading, running or failed;
	// transferImageField and progressField are its image and its progress in per cent.
	transferField      = "transfer"
	transferImageField = "transferImage"
	progressField      = "progress"
	// reasonField is why an answer to GET /health can't be decoded; contentTypeField and
	// deviceField are details of that.
	reasonField      = "reason"
	contentTypeField = "contentType"
	deviceField      = "device"

	// imageField is the image of a POST /burn, of a device's state change, or of a new
	// DeviceDeployment.
	imageField = "image"
	// faultField is the fault in the device's plan that caused a state change.
	faultField = "fault"
	// finalizerField says whether a person added or removed one.
	finalizerField = "finalizer"
)

// specPrefix precedes the name of a field of the spec that a person changed.
const specPrefix = "spec."

// The values of changeField.
const (
	// transitionChange is a change of phase, attempts or observedGeneration.
	transitionChange = "transition"
	// deviceErrorsChange is a report: a change of status.deviceErrors.
	deviceErrorsChange = "device-errors"
	// deletionChange is the condition that the object is being deleted.
	deletionChange = "deletion"
	// timeChange is a new lastTransitionTime in the same phase.
	timeChange = "transition-time"
)

// The values of reasonField.
const (
	wrongType   = "content-type"
	notJSON     = "not-json"
	otherDevice = "other-device"
	brokenAPI   = "breaks-api"
)

// Describe adds the fields of a DeviceDeployment to the event of a request to the API
// server, and those of a device to the event of a request to it.
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

// position returns the fields of a status's position.
func position(s v1.DeviceDeploymentStatus) []trace.Field {
	if s.ObservedGeneration == 0 {
		return nil
	}
	return []trace.Field{
		trace.String(phaseField, string(s.Phase)), trace.Int(attemptField, int(s.Attempts)), trace.Int(generationField, int(s.ObservedGeneration)),
	}
}

// changed returns the fields of what a controller's write of a status changed.
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
	h := decodeHealth(x.Body)
	var loose devicesim.Health // what there is of an answer that can't be decoded
	switch kind := x.Header.Get("Content-Type"); {
	case kind != "application/json":
		e.Add(trace.String(reasonField, wrongType), trace.String(contentTypeField, kind))
	case h == nil && json.Unmarshal(x.Body, &loose) != nil:
		e.Add(trace.String(reasonField, notJSON))
	case h != nil && h.Device != e.Target.Name:
		e.Add(trace.String(reasonField, otherDevice), trace.String(deviceField, h.Device))
	case h == nil && loose.Device != "" && loose.Device != e.Target.Name:
		e.Add(trace.String(reasonField, otherDevice), trace.String(deviceField, loose.Device))
	case h == nil, breaksAPI(h):
		e.Add(trace.String(reasonField, brokenAPI))
	default:
		e.Add(health(*h)...)
		return
	}
	e.Result.Failure = trace.Unreadable
}

// health returns the fields of a reading.
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

// stateChange returns the event of a device's state change.
func stateChange(device string, c devicesim.StateChange) trace.Event {
	self := trace.Actor{Role: trace.System, Name: device}
	e := trace.Event{Subject: device, Actor: self, Kind: trace.State, Verb: string(c.Kind)}
	if c.Image != "" {
		e.Add(trace.String(imageField, c.Image))
	}
	if c.Kind == devicesim.Booted || c.Kind == devicesim.BecameHealthy {
		e.Add(trace.Bool(healthyField, c.Healthy))
	}
	if c.Fault != "" {
		e.Add(trace.String(faultField, c.Fault))
	}
	return e
}
