package process

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestOrder has requests go on only when the sequencer lets them, in an order by what they
// are.
func TestOrder(t *testing.T) {
	s := stands(t)
	var went []string
	through := func(path string) chan struct{} {
		c := s.call("GET", path, "")
		c.token.End() // it has no number yet
		return s.beside(func() { s.order(c, func(*call) { went = append(went, path) }) })
	}
	<-through("/open")
	s.cfg.Sequencer.Close()
	b := through("/b")
	s.waiting(1)
	a := through("/a")
	s.waiting(2)
	if !slices.Equal(went, []string{"/open"}) {
		t.Fatalf("%v went on", went)
	}
	if n := s.cfg.Sequencer.Next(); n != 1 {
		t.Fatalf("%d went on at once", n)
	}
	<-a
	s.cfg.Sequencer.Open()
	<-b
	if want := []string{"/open", "/a", "/b"}; !slices.Equal(went, want) {
		t.Errorf("the order is %v, want %v", went, want)
	}
}

// TestWhatIsGivenUpAtTheGate has a request be given up there, and another's
// controller die.
func TestWhatIsGivenUpAtTheGate(t *testing.T) {
	s := stands(t)
	s.cfg.Sequencer.Close()
	never := func(*call) { t.Error("it went on") }
	ctx, giveUp := context.WithCancel(t.Context())
	given, killed := s.call("GET", "/", ""), s.call("GET", "/", "")
	given.Request = given.Request.WithContext(ctx)
	one, two := s.beside(func() { s.order(given, never) }), s.beside(func() { s.order(killed, never) })
	s.waiting(2)
	giveUp()
	<-one
	s.waiting(1)
	s.kill()
	<-two
	s.waiting(0)
	if !errors.Is(given.Err, context.Canceled) || !errors.Is(killed.Err, errKilled) {
		t.Errorf("they get %v and %v", given.Err, killed.Err)
	}
}

// waiting returns when so many requests wait at the sequencer.
func (s *stand) waiting(n int) {
	s.Helper()
	s.cfg.Quiescence.Await(s.Context(), func() bool {
		s.cfg.Sequencer.mu.Lock()
		defer s.cfg.Sequencer.mu.Unlock()
		return len(s.cfg.Sequencer.waiting["web"]) == n
	})
}
