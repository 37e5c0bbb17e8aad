package process

import "testing"

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
