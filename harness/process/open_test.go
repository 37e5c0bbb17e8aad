package process

import "testing"

// TestOpen has a request be known while it is open, and its work go on after it.
func TestOpen(t *testing.T) {
	s := stands(t)
	c := s.call("GET", "/", "")
	s.open(c, func(c *call) {
		if task, known := s.asking[c.Request]; !known || task != c.task {
			t.Error("it isn't known while it is open")
		}
		c.task.Park()
		s.settles()
	})
	if len(s.asking) != 0 {
		t.Error("it is known after it is over")
	}
	if s.running() != "request: web#1" {
		t.Errorf("its work is still parked: there runs %q", s.running())
	}
}
