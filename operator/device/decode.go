package device

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"example.com/edge-device-operator/operator/rollout"
)

const (
	// maxBody bounds an answer's body, in bytes.
	maxBody = 64 << 10
	// maxText bounds each text in an answer, in bytes.
	maxText = 512
)

// badAnswerError says that a device answered, but not what its API promises.
type badAnswerError struct {
	trouble rollout.Trouble
	why     string
}

func (e *badAnswerError) Error() string { return e.why }

func garbled(format string, args ...any) error {
	return &badAnswerError{rollout.Garbled, fmt.Sprintf(format, args...)}
}

// health is the body of GET /health.
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

// decode reads an answer to GET /health, and believes none of it that it
// cannot check.
func decode(res *http.Response, device string) (rollout.Sight, error) {
	var none rollout.Sight
	if res.StatusCode != http.StatusOK {
		return none, garbled("status %d", res.StatusCode)
	}
	if t, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return none, garbled("content type is not application/json")
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return none, garbled("body: %v", err)
	}
	if len(body) > maxBody {
		return none, garbled("body is larger than %d bytes", maxBody)
	}
	var h health
	if err := json.Unmarshal(body, &h); err != nil {
		return none, garbled("body is not the JSON of a health answer")
	}
	if h.Device != device {
		return none, &badAnswerError{rollout.Mistaken, "another device answered"}
	}
	if h.Running == "" || h.Healthy == nil {
		return none, garbled("running or healthy is missing")
	}
	seen := rollout.Sight{Running: h.Running, Healthy: *h.Healthy, ETag: res.Header.Get("ETag")}
	if h.Staged != nil {
		seen.Staged, seen.StagedKey = h.Staged.Image, h.Staged.Key
		if seen.Staged == "" {
			return none, garbled("staged has no image")
		}
	}
	if h.Transfer != nil {
		seen.Transfer = rollout.Transfer(*h.Transfer)
		switch seen.Transfer.State {
		case rollout.TransferRunning, rollout.TransferDone, rollout.TransferFailed:
		default:
			return none, garbled("unknown state of a transfer")
		}
		if p := seen.Transfer.Progress; p < 0 || p > 100 {
			return none, garbled("progress is not a percentage")
		}
	}
	for _, text := range []string{seen.Running, seen.Staged, seen.StagedKey, seen.Transfer.Key, seen.Transfer.Image, seen.ETag} {
		if len(text) > maxText || !utf8.ValidString(text) {
			return none, garbled("a text is too long or not UTF-8")
		}
	}
	if seen.ETag == "" {
		return none, garbled("no ETag")
	}
	return seen, nil
}
