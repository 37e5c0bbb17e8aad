package process

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// TestCachesListThePast has caches list what was, and nobody else; and caches too,
// once the watches are up.
func TestCachesListThePast(t *testing.T) {
	s := stands(t)
	s.watches.past, s.watches.back = "7", make(chan struct{})
	cache, reader := s.pin(way{api: true, cache: true}), s.pin(way{api: true})
	for _, pin := range []handler{cache, reader} {
		if _, err := pin(s.request("GET", "/api/v1/secrets", ""), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RestoreWatch(); err != nil {
		t.Fatal(err)
	}
	if _, err := cache(s.request("GET", "/api/v1/secrets", ""), s); err != nil {
		t.Fatal(err)
	}
	s.wants("GET /api/v1/secrets?resourceVersion=7&resourceVersionMatch=Exact", "GET /api/v1/secrets", "GET /api/v1/secrets")
}

// TestCachesListWhatTheWorldWatches has caches begin with what the API server's own
// cache holds, but only of what the world watches, too, and not where they say of when.
func TestCachesListWhatTheWorldWatches(t *testing.T) {
	s := stands(t)
	s.cfg.Namespace, s.cfg.Watched = "world-1", []schema.GroupKind{{Kind: "Secret"}}
	pin := s.pin(way{api: true, cache: true})
	const initial = "?sendInitialEvents=true&watch=true"
	for _, path := range []string{
		"/api/v1/namespaces/world-1/secrets" + initial, "/api/v1/namespaces/world-1/pods" + initial, "/api/v1/namespaces/world-2/secrets" + initial,
		"/api/v1/namespaces/world-1/secrets", "/api/v1/namespaces/world-1/secrets?resourceVersion=7&sendInitialEvents=true&watch=true",
	} {
		if _, err := pin(s.request("GET", path, ""), s); err != nil {
			t.Fatal(err)
		}
	}
	s.wants(
		"GET /api/v1/namespaces/world-1/secrets?resourceVersion=0&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true",
		"GET /api/v1/namespaces/world-1/pods"+initial, "GET /api/v1/namespaces/world-2/secrets"+initial,
		"GET /api/v1/namespaces/world-1/secrets", "GET /api/v1/namespaces/world-1/secrets?resourceVersion=7&sendInitialEvents=true&watch=true",
	)
}
