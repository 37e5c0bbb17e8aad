package process

import (
	"bytes"
	"io"
	"net/http"
	"strings"

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
		if b.Kind == "Status" && res.StatusCode/100 == 2 {
			if err := n.readBack(req); err != nil {
				return nil, err
			}
		}
	}
	res.Body = io.NopCloser(bytes.NewReader(answer))
	return res, nil
}

// readBack tracks what a write has stored whose answer doesn't say so, such as that of a
// Pod's binding: it reads the object.
func (n noting) readBack(write *http.Request) error {
	r, ok := resourceOf(write)
	if !ok || r.Subresource == "" {
		return nil
	}
	get := write.Clone(write.Context())
	get.Method, get.Body, get.GetBody, get.ContentLength = http.MethodGet, nil, nil, 0
	get.URL.Path, get.URL.RawQuery = strings.TrimSuffix(write.URL.Path, "/"+r.Subresource), ""
	res, err := n.base.RoundTrip(get)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if b, err := decode(answer, nil); err == nil && b.Metadata.UID != "" {
		n.syncTracker.Written(b.Metadata.version(kindOf(n.mapper, r, b)))
	}
	return nil
}
