package device

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/edge-device-operator/operator/rollout"
)

// FuzzDecode feeds the decoder what a device could send. Whatever that is,
// there is either an error of ours or an Observation that the state machine can
// use, and the same input gives the same.
func FuzzDecode(f *testing.F) {
	full := `{"device":"press-01","running":"fw:1","healthy":true,"staged":{"image":"fw:2","key":"k"},` +
		`"transfer":{"key":"k","image":"fw:2","state":"done","progress":100}}`
	for _, body := range []string{
		valid, full, "", "null", "[]", `"x"`, "{", valid + valid, full[:len(full)/2],
		`{"device":"press-01","device":"press-02","running":"fw:1","healthy":true}`,
		`{"Device":"press-01","RUNNING":"fw:1","healthy":true}`,
		`{"device":"press-01","running":"fw:1","healthy":null}`,
		`{"device":"press-01","running":"\ud800\u0000\n","healthy":true}`,
		`{"device":"press-01","running":"fw:1","healthy":true,"staged":{}}`,
		strings.ReplaceAll(full, "100", "1e2"), strings.ReplaceAll(full, "100", "-1"),
		strings.ReplaceAll(full, "100", "99999999999999999999"), strings.ReplaceAll(full, "done", "Done"),
		strings.Repeat("[", 20000),
	} {
		f.Add(http.StatusOK, "application/json", `"1"`, []byte(body))
	}
	f.Add(http.StatusTeapot, "application/json", `"1"`, []byte(valid))
	f.Add(http.StatusOK, "text/html; charset", `W/"1"`, []byte(valid))
	f.Add(http.StatusOK, "application/json; charset=utf-8", "\"\x00\"", []byte(valid))
	f.Fuzz(func(t *testing.T, status int, contentType, etag string, body []byte) {
		read := func() (rollout.Observation, error) {
			return decode(&http.Response{
				StatusCode: status, Header: http.Header{"Content-Type": {contentType}, "Etag": {etag}},
				Body: io.NopCloser(strings.NewReader(string(body))),
			}, "press-01")
		}
		seen, err := read()
		if again, errAgain := read(); again != seen || (err == nil) != (errAgain == nil) {
			t.Fatalf("first %+v, %v, then %+v, %v", seen, err, again, errAgain)
		}
		if err != nil {
			if got := classify(err); seen != (rollout.Observation{}) || !slices.Contains([]rollout.DeviceError{rollout.Unreadable, rollout.WrongDevice, rollout.WeakETag, rollout.UnexpectedStatus(status)}, got) {
				t.Fatalf("an error of the kind %q, and %+v", got, seen)
			}
			return
		}
		transfer := map[rollout.TransferState]bool{
			rollout.TransferNone: true, rollout.TransferRunning: true, rollout.TransferDone: true, rollout.TransferFailed: true,
		}
		switch {
		case seen.Error != rollout.NoError, seen.Running == "", seen.ETag != etag,
			seen.Staged == "" && seen.StagedKey != "",
			!transfer[seen.Transfer.State], seen.Transfer.Progress < 0, seen.Transfer.Progress > 100:
			t.Fatalf("believed %+v", seen)
		}
		for _, text := range []string{seen.Running, seen.Staged, seen.StagedKey, seen.Transfer.Key, seen.Transfer.Image} {
			if len(text) > maxText {
				t.Fatalf("believed a text of %d bytes", len(text))
			}
		}
	})
}
