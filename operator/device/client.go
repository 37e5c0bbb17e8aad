// Package device is the operator's client of the devices' HTTP API: it observes
// a device, and asks it to burn an image or to reboot.
package device

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/benbjohnson/clock"

	"example.com/edge-device-operator/operator/rollout"
)

// maxReadings is how often one observation asks a device at most.
const maxReadings = 4

// Client talks to devices. It keeps no state between calls and is safe for
// concurrent use.
type Client struct {
	// Transport sends the requests. It must not retry any; see NewTransport.
	Transport http.RoundTripper
	// Clock bounds the calls.
	Clock clock.Clock
	// Timeout bounds each call, including reading the answer.
	Timeout time.Duration
	// URL is the template of a device's base URL, with {namespace} and {device}.
	URL string
	// UserAgent identifies this controller instance to the devices.
	UserAgent string
}

// Dial opens a connection, as net.Dialer.DialContext does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// NewTransport returns a transport for requests to devices. A dial ends with the call
// that it is for. There are no keep-alives and no HTTP/2, since net/http silently
// retries a request when a reused connection breaks; no proxy, so that only the URL
// decides where a request goes; and no compression, so that a small answer cannot grow
// large. A transport never follows redirects.
func NewTransport(dial Dial) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:            cancelledWithCall(dial),
		Protocols:              &protocols,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 16 << 10,
	}
}

// callKey is the key of a call's own context among its values.
type callKey struct{}

// cancelledWithCall cancels a dial together with the call that it is for.
// http.Transport would let it continue for the next call, and dials to a device
// that is gone would pile up.
func cancelledWithCall(dial Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if call, ok := ctx.Value(callKey{}).(context.Context); ok {
			ctx = call
		}
		return dial(ctx, network, address)
	}
}

// Name identifies a device.
type Name struct {
	Namespace, Device string
}

// Observe reads /health until two answers in a row agree, at most four times, so
// that one wrong or stale answer is not believed. The Observation carries the
// error, if there is one. It means nothing once the context has ended.
func (c *Client) Observe(ctx context.Context, name Name) rollout.Observation {
	var last rollout.Observation
	for n := range maxReadings {
		seen, err := c.health(ctx, name)
		switch {
		case err != nil:
			return rollout.Observation{Error: classify(err)}
		case n > 0 && agree(last, seen):
			a, b := last.Transfer.Progress, seen.Transfer.Progress
			seen.Transfer.Progress, seen.ProgressSpread = min(a, b), max(a, b)-min(a, b)
			return seen
		}
		last = seen
	}
	return rollout.Observation{Error: rollout.Inconsistent}
}

// agree says whether two readings are equal, apart from the transfer's progress.
func agree(a, b rollout.Observation) bool {
	a.Transfer.Progress, b.Transfer.Progress = 0, 0
	return a == b
}

// Burn asks the device to transfer an image to its free slot, unless its state has
// changed since the observation with that ETag. It returns NoError if the device
// accepted the request. Only another observation shows the effect. The result
// means nothing once the context has ended.
func (c *Client) Burn(ctx context.Context, name Name, image, key, etag string) rollout.DeviceError {
	return c.post(ctx, name, "/burn", url.Values{"image": {image}, "key": {key}}, etag)
}

// Reboot asks the device to reboot into the staged image, unless its state has
// changed since the observation with that ETag. It returns what Burn does.
func (c *Client) Reboot(ctx context.Context, name Name, etag string) rollout.DeviceError {
	return c.post(ctx, name, "/reboot", nil, etag)
}

func (c *Client) health(ctx context.Context, name Name) (rollout.Observation, error) {
	var seen rollout.Observation
	err := c.do(ctx, name, http.MethodGet, "/health", nil, "", func(res *http.Response) (err error) {
		seen, err = decode(res, name.Device)
		return err
	})
	return seen, err
}

func (c *Client) post(ctx context.Context, name Name, path string, query url.Values, etag string) (deviceErr rollout.DeviceError) {
	err := c.do(ctx, name, http.MethodPost, path, query, etag, func(res *http.Response) error {
		if res.StatusCode != http.StatusAccepted {
			deviceErr = rollout.PostRefused(path, res.StatusCode)
		}
		return nil
	})
	if err != nil {
		deviceErr = rollout.PostUnanswered(path, classify(err))
	}
	return deviceErr
}

// do makes one call, bounded by the timeout.
func (c *Client) do(ctx context.Context, name Name, method, path string, query url.Values, etag string, answer func(*http.Response) error) error {
	ctx, cancel := c.Clock.WithTimeout(ctx, c.Timeout)
	defer cancel()
	base := strings.NewReplacer("{namespace}", name.Namespace, "{device}", name.Device).Replace(c.URL)
	u, err := url.Parse(base + path)
	if err != nil {
		return fmt.Errorf("device URL: %w", err)
	}
	u.RawQuery = query.Encode()
	// The error doesn't say whether the connection broke or the answer was
	// unreadable, so note whether there was an answer.
	var answered atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: func() { answered.Store(true) }})
	ctx = context.WithValue(ctx, callKey{}, ctx)
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return fmt.Errorf("device request: %w", err)
	}
	req.Header.Set("User-Agent", c.UserAgent)
	if etag != "" {
		req.Header.Set("If-Match", etag)
	}
	res, err := c.Transport.RoundTrip(req)
	switch {
	case err == nil:
		defer res.Body.Close()
		err = answer(res)
	case answered.Load():
		err = unreadable("header: %w", err)
	}
	return err
}

// classify maps an error onto the closed list of DeviceErrors.
func classify(err error) rollout.DeviceError {
	var unknown *net.DNSError
	var slow net.Error
	var bad *responseError
	var untrusted *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	var broken *net.OpError
	switch {
	case errors.As(err, &unknown):
		return rollout.Unresolvable
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return rollout.TimedOut
	case errors.As(err, &bad):
		return bad.kind
	case errors.As(err, &untrusted):
		return rollout.Untrusted
	case errors.As(err, &noTLS), errors.As(err, &broken) && (broken.Op == "remote error" || broken.Op == "local error"):
		return rollout.TLSFailed // crypto/tls has no error type for an alert; it uses these operations
	}
	return rollout.Unreachable
}
