package edge

import (
	"net/http"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/operator/rollout"
)

// TestWhatAnAnswerShows has each way in which an answer can break the device's API.
func TestWhatAnAnswerShows(t *testing.T) {
	const right = `{"device":"press-01","running":"fw:1","healthy":true,"staged":{"image":"fw:2","key":"k"},"transfer":{"key":"k","image":"fw:2","state":"done","progress":100}}`
	long := strings.Repeat("x", maxText+1)
	for _, c := range []struct {
		name, body, etag string
		want             rollout.DeviceError
	}{
		{name: "right", body: right},
		{name: "a text as long as it may be", body: strings.Replace(right, "fw:1", long[1:], 1)},
		{name: "no JSON", body: right[1:], want: rollout.Unreadable},
		{name: "a key twice", body: strings.Replace(right, "{", `{"healthy":false,`, 1), want: rollout.Unreadable},
		{name: "a key in other letters", body: strings.Replace(right, "healthy", "Healthy", 1), want: rollout.Unreadable},
		{name: "no device", body: strings.Replace(right, `"device":"press-01",`, "", 1), want: rollout.Unreadable},
		{name: "another device", body: strings.Replace(right, "press-01", "press-02", 1), want: rollout.WrongDevice},
		{name: "another device that says too little", body: `{"device":"press-02","running":"fw:1"}`, want: rollout.Unreadable},
		{name: "no image runs", body: strings.Replace(right, "fw:1", "", 1), want: rollout.Unreadable},
		{name: "no health", body: strings.Replace(right, `"healthy":true,`, "", 1), want: rollout.Unreadable},
		{name: "an image without a name is staged", body: strings.Replace(right, `{"image":"fw:2"`, `{"image":""`, 1), want: rollout.Unreadable},
		{name: "an unknown state", body: strings.Replace(right, "done", "paused", 1), want: rollout.Unreadable},
		{name: "too much progress", body: strings.Replace(right, "100", "101", 1), want: rollout.Unreadable},
		{name: "negative progress", body: strings.Replace(right, "100", "-1", 1), want: rollout.Unreadable},
		{name: "a long image", body: strings.Replace(right, "fw:1", long, 1), want: rollout.Unreadable},
		{name: "a long staged image", body: strings.Replace(right, `{"image":"fw:2"`, `{"image":"`+long+`"`, 1), want: rollout.Unreadable},
		{name: "a long key of the staged image", body: strings.Replace(right, `"key":"k"}`, `"key":"`+long+`"}`, 1), want: rollout.Unreadable},
		{name: "a long key of the transfer", body: strings.Replace(right, `{"key":"k"`, `{"key":"`+long+`"`, 1), want: rollout.Unreadable},
		{name: "a long image of the transfer", body: strings.Replace(right, `"image":"fw:2","state"`, `"image":"`+long+`","state"`, 1), want: rollout.Unreadable},
		{name: "a weak ETag", body: right, etag: `W/"1"`, want: rollout.WeakETag},
		{name: "no ETag", body: right, etag: " ", want: rollout.WeakETag},
		{name: "a long ETag", body: right, etag: `"` + long + `"`, want: rollout.WeakETag},
	} {
		x := process.Exchange{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}, "Etag": {`"1"`}}, Body: []byte(c.body)}
		x.Request, _ = http.NewRequestWithContext(t.Context(), http.MethodGet, "http://press-01/health", nil)
		if c.etag != "" {
			x.Header.Set("ETag", strings.TrimSpace(c.etag))
		}
		read := reading(x, "press-01")
		all := met(x, "press-01", read)
		if shown := read != nil; shown != (c.want == "") || shown != (len(all) == 0) || !shown && all[0] != c.want {
			t.Errorf("%s: it is a reading: %t; met: %v", c.name, shown, all)
		}
	}
}
