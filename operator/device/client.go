// Package device is the operator's side of the devices' HTTP API: it looks at
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

// Client talks to devices. It remembers nothing between calls and may be used
// by any number of goroutines.
type Client struct {
	// Transport sends the requests. It must not repeat one by itself; see
	// NewTransport.
	Transport http.RoundTripper
	// Clock bounds the calls.
	Clock clock.Clock
	// Timeout bounds each call, the reading of its answer included.
	Timeout time.Duration
	// URL is a device's base URL, with {namespace} and {device} in it.
	URL string
	// UserAgent names this controller instance to the devices.
	UserAgent string
}

// NewTransport returns the transport that devices are to be reached with:
// without keep-alives and HTTP/2, since net/http silently repeats a request
// when a shared connection breaks; without a proxy and without compression, so
// that nothing but the URL decides where a request goes and how large its
// answer gets. Redirects are not followed by a transport.
func NewTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:            cancelledWithCall(new(net.Dialer).DialContext),
		Protocols:              &protocols,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 16 << 10,
	}
}

// dialer is the type of http.Transport.DialContext.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// callKey is the key of a call's own context among its values.
type callKey struct{}

// whileCalled ends a dial with the call that it is for. A transport would have
// it go on, for whoever wants a connection next, and the dials to a device
// that is gone would pile up.
func cancelledWithCall(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if call, ok := ctx.Value(callKey{}).(context.Context); ok {
			ctx = call
		}
		return dial(ctx, network, address)
	}
}

// Name says which device is meant.
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

// agree compares two readings; a transfer's progress may differ.
func agree(a, b rollout.Observation) bool {
	a.Transfer.Progress, b.Transfer.Progress = 0, 0
	return a == b
}

// Burn asks the device to transfer an image to its free slot, unless it has
// moved on since the look that the ETag is of. It returns what that met, None
// where the device accepted it; what came of it only another look can tell.
// Where the context ended, the Trouble means nothing.
func (c *Client) Burn(ctx context.Context, name Name, image, key, etag string) rollout.DeviceError {
	return c.post(ctx, name, "/burn", url.Values{"image": {image}, "key": {key}}, etag)
}

// Reboot asks the device to reboot into what is staged, unless it has moved
// on since the look that the ETag is of. It returns what that met, as Burn
// does.
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

// do makes one call, which ends with the timeout if not before.
func (c *Client) do(ctx context.Context, name Name, method, path string, query url.Values, etag string, answer func(*http.Response) error) error {
	ctx, cancel := c.Clock.WithTimeout(ctx, c.Timeout)
	defer cancel()
	base := strings.NewReplacer("{namespace}", name.Namespace, "{device}", name.Device).Replace(c.URL)
	u, err := url.Parse(base + path)
	if err != nil {
		return fmt.Errorf("device URL: %w", err)
	}
	u.RawQuery = query.Encode()
	// Whether a connection broke or brought nonsense, its error doesn't tell.
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
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// trouble maps an error onto the closed list of what a status may say.
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
		return rollout.TLSFailed // crypto/tls has no type for an alert, but these two operations
	}
	return rollout.Unreachable
}
