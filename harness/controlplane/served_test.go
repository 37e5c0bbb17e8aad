package controlplane

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/rest"
)

// early is an API server that answers some requests too early, one after the
// other, and then all.
type early struct {
	mu     sync.Mutex
	status []int
	paths  []string
}

func (e *early) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.paths = append(e.paths, r.URL.Path)
	if len(e.status) > 0 {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(e.status[0])
		e.status = e.status[1:]
	}
}

func TestAwaitServed(t *testing.T) {
	api := &early{status: []int{http.StatusNotFound, http.StatusNotFound, http.StatusOK, http.StatusTooManyRequests, http.StatusTooManyRequests}}
	server := httptest.NewServer(api)
	defer server.Close()
	crds := []*apiextensionsv1.CustomResourceDefinition{stones()}
	if err := awaitServed(t.Context(), &rest.Config{Host: server.URL}, crds); err != nil {
		t.Fatal(err)
	}
	const namespace, list = "/api/v1/namespaces/default", "/apis/test.example.com/v1/stones"
	if want := []string{namespace, namespace, namespace, list, list, list}; !slices.Equal(api.paths, want) {
		t.Errorf("asked for %q, want %q", api.paths, want)
	}

	api.status = []int{http.StatusOK, http.StatusForbidden}
	if err := awaitServed(t.Context(), &rest.Config{Host: server.URL}, crds); err == nil {
		t.Error("a list that is forbidden is taken for one that is served")
	}
}
