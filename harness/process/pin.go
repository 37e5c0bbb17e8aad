package process

import (
	"net/http"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pin makes lists return an old state if the caches are to be filled with one, and else
// what the API server's own cache holds, where that is the newest.
func (p *Process) pin(w way) handler {
	return func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		if w.cache && req.Method == http.MethodGet {
			req = p.watches.pinned(req)
			if p.listsKnown(req) {
				req = ofVersion(req, "0", metav1.ResourceVersionMatchNotOlderThan)
			}
		}
		return next.RoundTrip(req)
	}
}

// listsKnown says whether a watch begins with the newest list of what the world watches,
// too. To be sure that its cache is up to date, the API server would ask etcd, and wait
// for up to 100 ms where something of another kind was written last. But whatever the
// world's watch has brought came by that cache.
func (p *Process) listsKnown(req *http.Request) bool {
	r, ok := resourceOf(req)
	if query := req.URL.Query(); !ok || query.Get("sendInitialEvents") != "true" || query.Get("resourceVersion") != "" ||
		!p.cfg.ClusterScoped && r.Namespace != p.cfg.Namespace {
		return false
	}
	kind, err := p.cfg.Mapper.KindFor(r.GroupVersionResource)
	return err == nil && slices.Contains(p.cfg.Watched, kind.GroupKind())
}

// ofVersion is a request for a list of a resourceVersion.
func ofVersion(req *http.Request, version string, match metav1.ResourceVersionMatch) *http.Request {
	query := req.URL.Query()
	query.Set("resourceVersion", version)
	query.Set("resourceVersionMatch", string(match))
	req = req.Clone(req.Context())
	req.URL.RawQuery = query.Encode()
	return req
}

// pinned returns a request for a list that the API server answers from the past, if
// that is configured.
func (w *watches) pinned(req *http.Request) *http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list(informerOf(req))
	if w.past == "" || req.URL.Query().Get("continue") != "" {
		return req
	}
	return ofVersion(req, w.past, metav1.ResourceVersionMatchExact)
}
