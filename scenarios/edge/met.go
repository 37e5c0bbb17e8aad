package edge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/operator/rollout"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// met returns the errors that a request to a device can have met, as the client may call
// them; none if it met none. shown is the reading that it brought, nil if it brought none.
func met(x process.Exchange, device string, shown *devicesim.Health) []rollout.DeviceError {
	var unknown *net.DNSError
	switch failed := errors.Join(x.Err, x.BodyErr); {
	case errors.As(failed, &unknown):
		return []rollout.DeviceError{rollout.Unresolvable}
	case failed != nil && errors.Is(x.Request.Context().Err(), context.DeadlineExceeded):
		return []rollout.DeviceError{rollout.TimedOut}
	case errors.Is(x.Err, syscall.ECONNREFUSED):
		return []rollout.DeviceError{rollout.Unreachable}
	case x.Err != nil && (strings.Contains(x.Err.Error(), "response headers exceeded") || strings.Contains(x.Err.Error(), "malformed ")):
		return []rollout.DeviceError{rollout.Unreadable} // net/http has no types for these
	case x.Err != nil, x.Lost:
		// Whether an answer had begun, nothing shows.
		return []rollout.DeviceError{rollout.Unreachable, rollout.Unreadable}
	}
	switch {
	case x.Request.Method != http.MethodGet:
		return nil // its status is all that matters
	case x.Status != http.StatusOK:
		return []rollout.DeviceError{invariant.UnexpectedStatus(x.Status)}
	case shown != nil:
		return nil
	case x.BodyErr == nil:
		switch h := decodeHealth(x.Body); {
		case h == nil:
		case h.Device != device:
			return []rollout.DeviceError{rollout.WrongDevice}
		case !strongETag.MatchString(x.Header.Get("ETag")):
			return []rollout.DeviceError{rollout.WeakETag}
		}
	}
	return []rollout.DeviceError{rollout.Unreadable}
}
