package process

import (
	"bytes"
	"io"
	"net/http"

	"k8s.io/apimachinery/pkg/api/meta"
)

// Noting wraps a transport to the API server that belongs to no controller, such as
// people's. It tracks each write before the sender gets the answer. The mapper maps
// resources to kinds.
func (f *SyncTracker) Noting(base http.RoundTripper, mapper meta.RESTMapper) http.RoundTripper {
	return noting{f, mapper, base}
}

type noting struct {
	syncTracker *SyncTracker
	mapper      meta.RESTMapper
	base        http.RoundTripper
}

// RoundTrip sends a request.
func (n noting) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet {
		return n.base.RoundTrip(req)
	}
	// The watch may be faster than the answer.
	defer n.syncTracker.quiescence.Begin("world: " + req.Method + " " + req.URL.Path).End()
	res, err := n.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	if b, err := decode(answer, nil); err == nil {
		noteWrite(n.syncTracker, n.mapper, req, res.StatusCode, b)
	}
	res.Body = io.NopCloser(bytes.NewReader(answer))
	return res, nil
}
