package process

import (
	"errors"
	"testing"
	"testing/synctest"
)

// TestCrash has a call's work be cut off on each side of the request, the world
// settle meanwhile, and its sender hear nothing but that it is dead.
func TestCrash(t *testing.T) {
	for _, side := range []Side{Before, After} {
		synctest.Test(t, func(t *testing.T) {
			s := stands(t)
			point := CrashPoint{Operation{"web", 1}, side}
			if err := s.cfg.Operations.KillAt(point); err != nil {
				t.Fatal(err)
			}
			c := s.call("PUT", "/", "")
			over := s.beside(func() {
				s.crash(c, func(c *call) {
					s.served = append(s.served, "it")
					c.written = []Version{stone("a", "10")}
				})
			})
			synctest.Wait()
			if isOver(over) || !isOver(s.cutting("web")) || s.running() != "" || s.cfg.Operations.Hit(point) != 1 {
				t.Errorf("%s: its sender goes on %t, its work is cut off %t, there runs %q, and incarnation %d has come to it",
					side, isOver(over), isOver(s.cutting("web")), s.running(), s.cfg.Operations.Hit(point))
			}
			s.kill()
			<-over
			if served := len(s.served) == 1; served != (side == After) || !errors.Is(c.Err, errKilled) || c.written != nil {
				t.Errorf("%s: served %t, and its sender gets %v", side, served, c.Err)
			}
		})
	}
}

// TestNoCrash has a call pass that nobody is killed at, and one that a dead
// controller has no answer to.
func TestNoCrash(t *testing.T) {
	s := stands(t)
	c := s.call("PUT", "/", "")
	s.crash(c, func(*call) {})
	if c.Err != nil {
		t.Error(c.Err)
	}
	point := CrashPoint{c.Operation, After}
	if err := s.cfg.Operations.KillAt(point); err != nil {
		t.Fatal(err)
	}
	s.crash(c, func(c *call) { c.Err = errKilled })
	if s.cfg.Operations.Hit(point) != 0 {
		t.Error("a dead controller has come to a crash point")
	}
}
