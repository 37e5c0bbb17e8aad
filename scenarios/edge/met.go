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
// them; none if it met none. shown is the reading that it brought, nil if it brought none.
func met(x process.Exchange, device string, shown *devicesim.Health) []rollout.DeviceError {
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
	weak := strings.HasPrefix(x.Header.Get("ETag"), "W/")
	switch {
	case x.Request.Method != http.MethodGet:
		return nil // its status is all that matters
	case x.Status != http.StatusOK:
		return []rollout.DeviceError{rollout.UnexpectedStatus(x.Status)}
	case shown != nil && weak:
		return []rollout.DeviceError{rollout.WeakETag}
	case shown != nil:
		return nil
	case x.BodyErr == nil:
		if other := decodeHealth(x.Body); other != nil && other.Device != device {
			return []rollout.DeviceError{rollout.WrongDevice}
		}
	}
	return []rollout.DeviceError{rollout.Unreadable}
}
