package process

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// Translating goes around a transport to the API server: its answers and watches tell
// the Timestamps, and what is written is what it has. Everybody who lives in the world
// reaches it by one. Without Timestamps it is the transport itself.
func (t *Timestamps) Translating(base http.RoundTripper) http.RoundTripper {
	if t == nil {
		return base
	}
	return row(base, t.translate)
}

// translate translates a request, and its answer.
func (t *Timestamps) translate(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	if _, ok := resourceOf(req); !ok {
		return next.RoundTrip(req)
	}
	if req.Method == http.MethodPut {
		var err error
		if req, err = t.sent(req); err != nil {
			return nil, err
		}
	}
	res, err := next.RoundTrip(req)
	if err != nil || res.StatusCode/100 != 2 || !isEncoded(res) {
		return res, err
	}
	if isWatch(req) {
		res.Body = &translatedWatch{body: res.Body, frames: framesOf(res), show: func(b []byte, all []located) { t.show(b, all, false) }}
		return res, nil
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	all, trial := locate(body), req.URL.Query().Has("dryRun")
	if err == nil {
		t.show(body, all, trial)
	}
	if err == nil && req.Method == http.MethodDelete && !trial {
		t.deletes(all)
	}
	res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), broken{err}))
	return res, nil
}

// isEncoded says whether an answer holds objects, and not the lines of a log.
func isEncoded(res *http.Response) bool {
	encoding := res.Header.Get("Content-Type")
	return strings.HasPrefix(encoding, runtime.ContentTypeJSON) || strings.HasPrefix(encoding, runtime.ContentTypeProtobuf)
}

// sent is an update as the API server is to get it.
func (t *Timestamps) sent(req *http.Request) (*http.Request, error) {
	if req.Body == nil {
		return req, nil
	}
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return nil, err
	}
	for _, l := range locate(body) {
		t.putBack(body, l)
	}
	sent := req.Clone(req.Context())
	sent.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	sent.Body, err = sent.GetBody()
	return sent, err
}
