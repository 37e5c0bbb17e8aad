package device

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"

	"sigs.k8s.io/json"

	"example.com/edge-device-operator/operator/rollout"
)

const (
	// maxBody bounds an answer's body, in bytes.
	maxBody = 64 << 10
	// maxText bounds each text in an answer, in bytes. An image has no more.
	maxText = 512
)

// strongETag matches an ETag that If-Match can match (RFC 9110, section 8.8.3) and
// that a header can carry.
var strongETag = regexp.MustCompile(`^"[\x21\x23-\x7e]{1,128}"$`)

// responseError is an answer that does not conform to the device's API.
type responseError struct {
	kind rollout.DeviceError
	err  error
}

func (e *responseError) Error() string { return e.err.Error() }
func (e *responseError) Unwrap() error { return e.err }

func unreadable(format string, args ...any) error {
	return &responseError{rollout.Unreadable, fmt.Errorf(format, args...)}
}

// health is the body of GET /health. Unknown fields are allowed, so that devices
// can add some.
type health struct {
	Device  string `json:"device"`
	Running string `json:"running"`
	Healthy *bool  `json:"healthy"`
	Staged  *struct {
		Image string `json:"image"`
		Key   string `json:"key"`
	} `json:"staged"`
	Transfer *struct {
		Key      string                `json:"key"`
		Image    string                `json:"image"`
		State    rollout.TransferState `json:"state"`
		Progress int                   `json:"progress"`
	} `json:"transfer"`
}

// decode reads and validates an answer to GET /health.
func decode(res *http.Response, device string) (rollout.Observation, error) {
	var h health
	if err := read(res, &h); err != nil {
		return rollout.Observation{}, err
	}
	seen := rollout.Observation{Running: h.Running, ETag: res.Header.Get("ETag")}
	switch {
	case h.Device == "" || h.Running == "" || h.Healthy == nil:
		return rollout.Observation{}, unreadable("device, running or healthy is missing")
	case h.Device != device:
		return rollout.Observation{}, &responseError{rollout.WrongDevice, errors.New("another device answered")}
	case !strongETag.MatchString(seen.ETag):
		return rollout.Observation{}, &responseError{rollout.WeakETag, errors.New("no strong ETag")}
	}
	seen.Healthy = *h.Healthy
	if h.Staged != nil {
		seen.Staged, seen.StagedKey = h.Staged.Image, h.Staged.Key
		if seen.Staged == "" {
			return rollout.Observation{}, unreadable("staged has no image")
		}
	}
	if h.Transfer != nil {
		seen.Transfer = rollout.Transfer(*h.Transfer)
		switch seen.Transfer.State {
		case rollout.TransferRunning, rollout.TransferDone, rollout.TransferFailed:
		default:
			return rollout.Observation{}, unreadable("unknown state of a transfer")
		}
		if p := seen.Transfer.Progress; p < 0 || p > 100 {
			return rollout.Observation{}, unreadable("progress is not a percentage")
		}
	}
	for _, text := range []string{seen.Running, seen.Staged, seen.StagedKey, seen.Transfer.Key, seen.Transfer.Image} {
		if len(text) > maxText {
			return rollout.Observation{}, unreadable("a text is longer than %d bytes", maxText)
		}
	}
	return seen, nil
}

// read reads the body. Names have to match exactly and may not repeat:
// encoding/json would accept HEALTHY for healthy, and the last of two.
func read(res *http.Response, h *health) error {
	if res.StatusCode != http.StatusOK {
		return &responseError{rollout.UnexpectedStatus(res.StatusCode), fmt.Errorf("status %d", res.StatusCode)}
	}
	if t, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return unreadable("content type is not application/json")
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		return unreadable("body: %w", err)
	case len(body) > maxBody:
		return unreadable("body is larger than %d bytes", maxBody)
	}
	twice, err := json.UnmarshalStrict(body, h, json.DisallowDuplicateFields)
	if err != nil || len(twice) > 0 {
		return unreadable("body is not the JSON of a health answer")
	}
	return nil
}
