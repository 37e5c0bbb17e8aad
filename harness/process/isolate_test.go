package process

import (
	"errors"
	"syscall"
	"testing"
)

// TestIsolate has a process that is cut off from the API server reach everybody
// else.
func TestIsolate(t *testing.T) {
	s := stands(t)
	toAPI, outward := s.isolate(way{api: true}), s.isolate(way{})
	s.isolated.Store(true)
	if _, err := toAPI(s.request("GET", "/api", ""), s); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the API server's answer is %v", err)
	}
	if _, err := outward(s.request("GET", "/device", ""), s); err != nil {
		t.Error(err)
	}
	s.isolated.Store(false)
	if _, err := toAPI(s.request("GET", "/back", ""), s); err != nil {
		t.Error(err)
	}
	s.wants("GET /device", "GET /back")
}
