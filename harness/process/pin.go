package process

import (
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pin makes lists return an old state if the caches are to be filled with one.
func (p *Process) pin(w way) handler {
	return func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		if w.cache && req.Method == http.MethodGet {
			req = p.watches.pinned(req)
		}
		return next.RoundTrip(req)
	}
}

// pinned returns a request for a list that the API server answers from the past, if
// that is configured.
func (w *watches) pinned(req *http.Request) *http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list(informerOf(req))
	query := req.URL.Query()
	if w.past == "" || query.Get("continue") != "" {
		return req
	}
	query.Set("resourceVersion", w.past)
	query.Set("resourceVersionMatch", string(metav1.ResourceVersionMatchExact))
	req = req.Clone(req.Context())
	req.URL.RawQuery = query.Encode()
	return req
}
