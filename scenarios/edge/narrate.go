package edge

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/trace"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Narrate puts an event into words. It has words of its own for DeviceDeployments and
// devices.
func Narrate(e trace.Event) string {
	person := e.Actor.Role == trace.Person
	switch e.Kind {
	case trace.Read, trace.Write:
		switch {
		case e.Object.Group != kind.Group || e.Object.Kind != kind.Kind:
		case person && e.Verb != "apply" && e.Verb != "patch":
			return byPerson(e)
		case !person:
			return apiCall(e)
		}
	case trace.Refusal:
		if e.Result.Failure == trace.Invalid {
			return "the API server refuses that"
		}
	case trace.Request:
		switch {
		case person:
			return "somebody asks the device by hand: " + post(e)
		case isReading(e):
			return "GET /health → " + healthText(e)
		}
		return post(e)
	case trace.State:
		return "device: " + deviceState(e)
	case trace.Fault:
		return "its name has no address any more"
	case trace.Repaired:
		return "its name has an address again"
	}
	return trace.Text(e)
}

// isReading says whether an event is a GET /health.
func isReading(e trace.Event) bool { return e.Kind == trace.Request && e.Verb == http.MethodGet }

// isTransition says whether an event is a controller's transition from a phase.
func isTransition(e trace.Event) bool {
	return e.Kind == trace.Write && e.String(changeField) == transitionChange && e.Has(fromField)
}

// byPerson describes what a person did to a DeviceDeployment.
func byPerson(e trace.Event) string {
	switch {
	case e.Verb == "create":
		return "created: " + e.String(imageField)
	case e.Verb == "delete" && e.Bool(trace.HeldByFinalizer):
		return "deleted, but held by a finalizer"
	case e.Verb == "delete":
		return "deleted"
	case e.Object.Subresource == "status":
		return "somebody writes its status: " + positionText(e)
	case e.String(finalizerField) == "added":
		return "somebody adds a finalizer"
	case e.String(finalizerField) == "removed":
		return "its finalizer is removed"
	}
	var what []string
	for _, f := range e.Fields {
		if name, ok := strings.CutPrefix(f.Key, specPrefix); ok {
			what = append(what, fmt.Sprintf("%s=%v", name, f.Value))
		}
	}
	return "spec changed: " + strings.Join(what, " ")
}

// apiCall describes a controller's request to the API server and its result.
func apiCall(e trace.Event) string {
	what := "reads the object again"
	if e.Kind == trace.Write {
		what = "writes the status"
	}
	switch r := e.Result; {
	case r.Status == 0:
		return what + ": no answer"
	case r.Failure == trace.Conflict:
		return what + ": refused, somebody else wrote first"
	case r.Failure == trace.Invalid:
		return what + ": refused as invalid"
	case r.Failure == trace.Refused:
		return fmt.Sprintf("%s: refused with %d", what, r.Status)
	case r.Failure == trace.Unreadable:
		return what + ": unreadable answer"
	}
	text := positionText(e)
	switch {
	case e.Kind == trace.Read && e.Bool(deletingField):
		return what + ": " + text + ", being deleted"
	case e.Kind == trace.Read:
		return what + ": " + text
	}
	switch e.String(changeField) {
	case deviceErrorsChange:
		return "reports: " + deviceErrorsText(e)
	case deletionChange:
		return "reports the deletion: " + text
	case timeChange:
		return "resets lastTransitionTime: " + text
	}
	if from := e.String(fromField); from != "" {
		text = from + " → " + text
	}
	if why := e.String(lastErrorField); why != "" {
		text += ": " + why
	}
	return text
}

// positionText describes the position of a status.
func positionText(e trace.Event) string {
	phase, attempt, generation := v1.Phase(e.String(phaseField)), e.Int(attemptField), e.Int(generationField)
	switch {
	case !e.Has(phaseField):
		return "no status"
	case attempt == 0 && generation > 1:
		return fmt.Sprintf("%s, generation %d", phase, generation)
	case attempt == 0:
		return string(phase)
	}
	return fmt.Sprintf("%s, attempt %d", phase, attempt)
}

func deviceErrorsText(e trace.Event) string {
	switch observe, post := e.String(observeField), e.String(postField); {
	case observe != "" && post != "":
		return observe + "; " + post
	case observe+post != "":
		return observe + post
	}
	return "no more errors"
}

// post describes a POST to a device and its answer.
func post(e trace.Event) string {
	text := e.Verb + " " + e.String(trace.Path)
	if image := e.String(imageField); image != "" {
		text += " " + image
	}
	switch r := e.Result; r.Failure {
	case trace.Truncated:
		return fmt.Sprintf("%s → %d, then it breaks off", text, r.Status)
	case trace.Endless:
		return fmt.Sprintf("%s → %d, without end", text, r.Status)
	case "", trace.Refused, trace.Conflict:
		return fmt.Sprintf("%s → %d", text, r.Status)
	default:
		return text + " → " + r.Failure.Words()
	}
}

// healthText describes the answer to a GET /health.
func healthText(e trace.Event) string {
	switch r := e.Result; {
	case r.Failure != "" && !answered(r.Failure):
		return r.Failure.Words()
	case r.Status != http.StatusOK:
		return strconv.Itoa(r.Status)
	case r.Failure == trace.Unreadable:
		return unreadableText(e)
	case r.Failure != "":
		return r.Failure.Words()
	}
	text := "runs " + e.String(runningField)
	if !e.Bool(healthyField) {
		text += ", not healthy"
	}
	staged := e.Has(stagedField)
	if staged {
		text += ", " + e.String(stagedField) + " is staged"
	}
	switch e.String(transferField) {
	case "running":
		text += fmt.Sprintf(", transferring %s, %d %%", e.String(transferImageField), e.Int(progressField))
	case "failed":
		text += fmt.Sprintf(", transfer of %s broke at %d %%", e.String(transferImageField), e.Int(progressField))
	default:
		if !staged {
			text += ", idle"
		}
	}
	return text
}

// answered says whether there was at least a status line.
func answered(f trace.Failure) bool {
	switch f {
	case trace.Timeout, trace.Canceled, trace.NoSuchHost, trace.ConnectionRefused, trace.HeaderTooLong, trace.NoAnswer:
		return false
	}
	return true
}

func unreadableText(e trace.Event) string {
	switch e.String(reasonField) {
	case wrongType:
		return "an answer of type " + e.String(contentTypeField)
	case otherDevice:
		return "the answer of another device, " + e.String(deviceField)
	case brokenAPI:
		return "an answer that breaks the device's API"
	}
	return "an answer that is no JSON"
}

// deviceState describes a device's state change.
func deviceState(e trace.Event) string {
	image := e.String(imageField)
	switch devicesim.ChangeKind(e.Verb) {
	case devicesim.BurnStarted:
		return "starts burning " + image
	case devicesim.TransferFailed:
		return "the transfer breaks"
	case devicesim.TransferStalled:
		return "the transfer stalls"
	case devicesim.PowerCut:
		return "loses power"
	case devicesim.StateLost:
		return "forgets everything but what it runs"
	case devicesim.ImageStaged:
		return image + " is staged"
	case devicesim.RebootStarted:
		return "goes down to reboot"
	case devicesim.Booted:
		text := "is back, runs " + image
		switch {
		case e.Bool(healthyField):
		case e.Has(faultField):
			text += ", which is not healthy yet"
		default:
			text += ", which is not healthy"
		}
		return text
	case devicesim.BecameHealthy:
		return "is healthy now"
	}
	return e.Verb
}
