package process

import (
	"errors"
	"testing"
)

func TestADeadControllerReachesNobody(t *testing.T) {
	s := stands(t)
	if _, err := s.alive(s.request("GET", "/", ""), s); err != nil {
		t.Error(err)
	}
	s.kill()
	if _, err := s.alive(s.request("GET", "/again", ""), s); !errors.Is(err, errKilled) {
		t.Errorf("a dead controller gets %v", err)
	}
	s.wants("GET /")
}
