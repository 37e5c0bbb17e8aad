package process

import (
	"bytes"
	"io"
	"net/http"

	"k8s.io/apimachinery/pkg/api/meta"
)

// Noting goes around a transport to the API server that is no controller's, such
// as that of people: what is written through it is noted before its sender gets
// the answer. The mapper knows the kinds of the resources.
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
	// The watch can beat the answer.
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
