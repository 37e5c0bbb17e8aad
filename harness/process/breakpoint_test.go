package process

import (
	"errors"
	"testing"
	"testing/synctest"
)

// TestABreakpoint has a call wait before it is sent, and the world settle meanwhile.
func TestABreakpoint(t *testing.T) {
	for _, dies := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := stands(t)
			c := s.call("PUT", "/", "")
			if err := s.cfg.Operations.BreakAt(c.Operation); err != nil {
				t.Fatal(err)
			}
			over := s.beside(func() { s.pause(c, func(c *call) { s.send(s)(c, nil) }) })
			synctest.Wait()
			if isOver(over) || s.running() != "" || s.cfg.Operations.Waits(c.Operation) != 1 {
				t.Errorf("it goes on: %t; there runs %q, and incarnation %d waits", isOver(over), s.running(), s.cfg.Operations.Waits(c.Operation))
			}
			s.wants()
			if dies {
				s.kill()
				<-over
				if s.wants(); !errors.Is(c.Err, errKilled) {
					t.Errorf("its sender gets %v", c.Err)
				}
				return
			}
			s.cfg.Operations.Pass(c.Operation)
			<-over
			s.wants("PUT /")
			if s.cfg.Operations.Waits(c.Operation) != 0 {
				t.Error("it still waits")
			}
		})
	}
}

// TestABreakpointThatHasBeen is refused.
func TestABreakpointThatHasBeen(t *testing.T) {
	o := NewOperations()
	o.next("web")
	if err := o.BreakAt(Operation{"web", 1}); err == nil {
		t.Error("a request that has been is to wait")
	}
	if err := o.BreakAt(Operation{"web", 2}); err != nil {
		t.Error(err)
	}
}
