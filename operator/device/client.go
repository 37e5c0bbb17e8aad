// Package device is the operator's side of the devices' HTTP API: it looks at
// a device, and asks it to burn an image or to reboot.
package device

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/benbjohnson/clock"

	"example.com/edge-device-operator/operator/rollout"
)

// maxReadings is how often one look asks a device at most.
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
// without keep-alives, since net/http silently repeats a request when a
// reused connection breaks; without a proxy and without compression, so that
// nothing but the URL decides where a request goes and how large its answer
// gets. Redirects are not followed by a transport.
func NewTransport() *http.Transport {
	return &http.Transport{
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 16 << 10,
	}
}

// Name says which device is meant.
type Name struct {
	Namespace, Device string
}

// Look reads /health until two answers in a row agree, at most four times. A
// device that is sometimes wrong or stale is thus not believed at once. The
// error is the context's, where it ended; everything else that can go wrong
// is the Sight's Trouble.
func (c *Client) Look(ctx context.Context, name Name) (rollout.Sight, error) {
	var last rollout.Sight
	for n := range maxReadings {
		seen, err := c.health(ctx, name)
		switch {
		case ctx.Err() != nil:
			return rollout.Sight{}, ctx.Err()
		case err != nil:
			return rollout.Sight{Trouble: trouble(err)}, nil
		case n > 0 && agree(last, seen):
			return seen, nil
		}
		last = seen
	}
	return rollout.Sight{Trouble: rollout.Wavering}, nil
}

// agree compares two readings; a transfer's progress may differ.
func agree(a, b rollout.Sight) bool {
	a.Transfer.Progress, b.Transfer.Progress = 0, 0
	return a == b
}

// Burn asks the device to transfer an image to its free slot, unless it has
// moved on since the look that the ETag is of. What came of it only another
// look can tell; the error is for the log.
func (c *Client) Burn(ctx context.Context, name Name, image, key, etag string) error {
	return c.post(ctx, name, "/burn", url.Values{"image": {image}, "key": {key}}, etag)
}

// Reboot asks the device to reboot into what is staged, unless it has moved
// on since the look that the ETag is of. What came of it only another look
// can tell; the error is for the log.
func (c *Client) Reboot(ctx context.Context, name Name, etag string) error {
	return c.post(ctx, name, "/reboot", nil, etag)
}

func (c *Client) health(ctx context.Context, name Name) (rollout.Sight, error) {
	var seen rollout.Sight
	err := c.do(ctx, name, http.MethodGet, "/health", nil, "", func(res *http.Response) (err error) {
		seen, err = decode(res, name.Device)
		return err
	})
	return seen, err
}

func (c *Client) post(ctx context.Context, name Name, path string, query url.Values, etag string) error {
	return c.do(ctx, name, http.MethodPost, path, query, etag, func(res *http.Response) error {
		if res.StatusCode != http.StatusAccepted {
			return fmt.Errorf("the device answered %d to POST %s", res.StatusCode, path)
		}
		return nil
	})
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
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return fmt.Errorf("device request: %w", err)
	}
	req.Header.Set("User-Agent", c.UserAgent)
	if etag != "" {
		req.Header.Set("If-Match", etag)
	}
	res, err := c.Transport.RoundTrip(req)
	if err != nil {
		return timedOut(ctx, err)
	}
	defer res.Body.Close()
	return timedOut(ctx, answer(res))
}

// timedOut makes an error that came of the call's timeout recognisable.
func timedOut(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}

// trouble maps an error onto the closed list of what a status may say.
func trouble(err error) rollout.Trouble {
	var bad *badAnswerError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return rollout.Hung
	case errors.As(err, &bad):
		return bad.trouble
	}
	return rollout.Unreachable
}
