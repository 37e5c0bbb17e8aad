package edge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/operator/rollout"
)

// met returns the errors that a request to a device can have met, as the client may call
// them; none if it met none.
func (w *World) met(x process.Exchange) []rollout.DeviceError {
	var unknown *net.DNSError
	switch failed := errors.Join(x.Err, x.BodyErr); {
	case errors.As(failed, &unknown):
		return []rollout.DeviceError{rollout.Unresolvable}
	case failed != nil && errors.Is(x.Request.Context().Err(), context.DeadlineExceeded):
		return []rollout.DeviceError{rollout.TimedOut}
	case x.Err != nil, x.Lost:
		// Whether an answer had begun, nothing shows.
		return []rollout.DeviceError{rollout.Unreachable, rollout.Unreadable}
	}
	if x.Request.Method != http.MethodGet {
		return nil // its status is all that matters
	}
	if x.Status != http.StatusOK {
		return []rollout.DeviceError{rollout.UnexpectedStatus(x.Status)}
	}
	h := &devicesim.Health{}
	switch {
	case x.BodyErr != nil, !isJSON(x.Body, h), w.reading(x) == nil && h.Device == w.objectOf(x), h.Running == "":
		return []rollout.DeviceError{rollout.Unreadable}
	case h.Device != w.objectOf(x):
		return []rollout.DeviceError{rollout.WrongDevice}
	case strings.HasPrefix(x.Header.Get("ETag"), "W/"):
		return []rollout.DeviceError{rollout.WeakETag}
	}
	return nil
}
