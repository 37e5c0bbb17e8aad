package edge

import (
	"mime"
	"net/http"
	"regexp"
	"slices"

	kubejson "sigs.k8s.io/json"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/process"
)

// maxHeader is how large the header of an answer may be, in bytes (docs/device.md).
const maxHeader = 16 << 10

// maxText is how long a text of an answer may be, in bytes (docs/device.md).
const maxText = 512

// strongETag matches an ETag that If-Match can match (RFC 9110, section 8.8.3). One that is
// weak, or longer, ties no POST to a reading.
var strongETag = regexp.MustCompile(`^"[\x21\x23-\x7e]{1,128}"$`)

// reading returns the body of a device's answer to GET /health, nil if it was lost, can't be
// decoded, breaks the API or has no strong ETag.
func reading(x process.Exchange, device string) *devicesim.Health {
	media, _, err := mime.ParseMediaType(x.Header.Get("Content-Type"))
	if x.Err != nil || x.Lost || x.BodyErr != nil || x.Status != http.StatusOK || err != nil || media != "application/json" || size(x.Header) > maxHeader {
		return nil
	}
	if h := decodeHealth(x.Body); h != nil && h.Device == device && strongETag.MatchString(x.Header.Get("ETag")) && !breaksAPI(h) {
		return h
	}
	return nil
}

// size returns how large a header is, in bytes, without its separators.
func size(h http.Header) (bytes int) {
	//determinism:ordered a sum is the same in any order
	for name, values := range h {
		for _, v := range values {
			bytes += len(name) + len(v)
		}
	}
	return bytes
}

// decodeHealth decodes the answer to GET /health. It is nil if that is no JSON, has a key
// twice, or doesn't say which device it is, what runs, or whether that is healthy.
func decodeHealth(body []byte) *devicesim.Health {
	var h struct {
		devicesim.Health
		Healthy *bool `json:"healthy"` // it hides the other one, which can't be absent
	}
	mistakes, err := kubejson.UnmarshalStrict(body, &h, kubejson.DisallowDuplicateFields)
	if err != nil || len(mistakes) > 0 || h.Device == "" || h.Running == "" || h.Healthy == nil {
		return nil
	}
	h.Health.Healthy = *h.Healthy
	return &h.Health
}

// breaksAPI says whether a field of a decoded answer has no value of the device's API.
func breaksAPI(h *devicesim.Health) bool {
	texts := []string{h.Running}
	if s := h.Staged; s != nil {
		if texts = append(texts, s.Image, s.Key); s.Image == "" {
			return true
		}
	}
	if t := h.Transfer; t != nil {
		if texts = append(texts, t.Key, t.Image); !slices.Contains([]string{"running", "done", "failed"}, t.State) || t.Progress < 0 || t.Progress > 100 {
			return true
		}
	}
	return slices.ContainsFunc(texts, func(s string) bool { return len(s) > maxText })
}
