package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/instance"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Narrate says in words what a request was about, and what it came to.
func (w *World) Narrate(x instance.Exchange) string {
	if toAPIServer(x) {
		return w.apiCall(x)
	}
	return deviceCall(x)
}

func (w *World) apiCall(x instance.Exchange) string {
	what := "reads itself again"
	if x.Request.Method != http.MethodGet {
		what = "writes its status"
	}
	switch {
	case x.Err != nil:
		return what + ": no answer"
	case x.Status == http.StatusConflict:
		return what + ": refused, somebody else wrote first"
	case invalid(x) != "":
		return what + ": refused as invalid"
	case x.Status/100 != 2:
		return fmt.Sprintf("%s: refused with %d", what, x.Status)
	}
	var dd v1.DeviceDeployment
	if err := json.Unmarshal(x.Body, &dd); err != nil {
		return what + ": unreadable answer"
	}
	deleting := dd.DeletionTimestamp != nil
	switch {
	case x.Request.Method == http.MethodGet && deleting:
		return what + ": " + position(dd.Status) + ", being deleted"
	case x.Request.Method == http.MethodGet:
		return what + ": " + position(dd.Status)
	}
	before := w.statuses.swap(x.Object, dd.Status)
	if text, only := told(before, dd.Status); only {
		return text
	}
	text := position(dd.Status)
	switch {
	case text == position(before) && deleting:
		return "says that it is being deleted: " + text
	case text == position(before) && !dd.Status.LastTransitionTime.Equal(&before.LastTransitionTime):
		return "has its time count from now: " + text
	case before.Phase != "":
		text = string(before.Phase) + " → " + text
	}
	if s := dd.Status; s.LastError != "" && (s.Phase == v1.Failed || s.Phase == v1.Pending) {
		text += ": " + s.LastError
	}
	return text
}

// position says where a status stands.
func position(s v1.DeviceDeploymentStatus) string {
	switch {
	case s.ObservedGeneration == 0:
		return "no status"
	case s.Attempts == 0 && s.ObservedGeneration > 1:
		return fmt.Sprintf("%s, generation %d", s.Phase, s.ObservedGeneration)
	case s.Attempts == 0:
		return string(s.Phase)
	}
	return fmt.Sprintf("%s, attempt %d", s.Phase, s.Attempts)
}

func deviceCall(x instance.Exchange) string {
	if x.Request.Method == http.MethodGet {
		return "looks: " + health(x)
	}
	text := x.Request.Method + " " + x.Request.URL.Path
	if image := x.Request.URL.Query().Get("image"); image != "" {
		text += " " + image
	}
	switch {
	case x.Err != nil:
		return text + " → " + unanswered(x)
	case x.BodyErr != nil:
		return fmt.Sprintf("%s → %d, then it breaks off", text, x.Status)
	case x.Cut:
		return fmt.Sprintf("%s → %d, without end", text, x.Status)
	}
	return fmt.Sprintf("%s → %d", text, x.Status)
}

// unanswered says why there is no answer, as far as a device's client can tell
// in every run: which of its ends a broken connection shows first is chance.
func unanswered(x instance.Exchange) string {
	var unknown *net.DNSError
	switch {
	case errors.Is(x.Request.Context().Err(), context.DeadlineExceeded):
		return "no answer in time"
	case x.Request.Context().Err() != nil:
		return "given up"
	case errors.As(x.Err, &unknown):
		return "no such host"
	case errors.Is(x.Err, syscall.ECONNREFUSED):
		return "connection refused"
	case strings.Contains(x.Err.Error(), "response headers exceeded"):
		return "an answer with too long a header" // net/http has no type for it
	}
	return "no answer"
}

func health(x instance.Exchange) string {
	if x.Err != nil {
		return unanswered(x)
	}
	var h devicesim.Health
	switch kind := x.Header.Get("Content-Type"); {
	case x.Status != http.StatusOK:
		return fmt.Sprintf("an answer with status %d", x.Status)
	case x.BodyErr != nil:
		return "an answer that breaks off"
	case x.Cut:
		return "an answer without end"
	case kind != "application/json":
		return "an answer of type " + kind
	case json.Unmarshal(x.Body, &h) != nil:
		return "an answer that is no JSON"
	case h.Device != deviceOf(x.Request.URL.Hostname()):
		return "the answer of another device, " + h.Device
	}
	text := "runs " + h.Running
	if !h.Healthy {
		text += ", not healthy"
	}
	if h.Staged != nil {
		text += ", " + h.Staged.Image + " is staged"
	}
	switch t := h.Transfer; {
	case t == nil && h.Staged == nil:
		text += ", idle"
	case t == nil:
	case t.State == "running":
		text += fmt.Sprintf(", transferring %s, %d %%", t.Image, t.Progress)
	case t.State == "failed":
		text += fmt.Sprintf(", transfer of %s broke at %d %%", t.Image, t.Progress)
	case h.Staged == nil:
		text += ", idle"
	}
	return text
}

// deed says what a device physically did.
func deed(d devicesim.Deed) string {
	switch d.Kind {
	case devicesim.BurnBegan:
		return "device: begins to burn " + d.Image
	case devicesim.TransferBroke:
		return "device: the transfer breaks"
	case devicesim.TransferStalled:
		return "device: the transfer stalls"
	case devicesim.PowerCut:
		return "device: loses power"
	case devicesim.Forgot:
		return "device: forgets everything but what it runs"
	case devicesim.Staged:
		return "device: " + d.Image + " is staged"
	case devicesim.RebootBegan:
		return "device: goes down to reboot"
	case devicesim.Booted:
		text := "device: is back, runs " + d.Image
		switch {
		case d.Sound:
		case d.Fault != "":
			text += ", which is not healthy yet"
		default:
			text += ", which is not sound"
		}
		return text
	case devicesim.WarmedUp:
		return "device: is healthy now"
	}
	return "device: " + string(d.Kind)
}
