package process

import (
	"testing"
	"testing/synctest"
)

// TestHold has an answer wait until the handler has heard of what was written, and
// of nothing else.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stands(t)
		handler := s.cfg.SyncTracker.Watch("one", Scope{Kind: stones})
		over := s.beside(func() {
			s.hold(s.call("PUT", "/", ""), func(c *call) {
				c.written = []Version{stone("a", "10")}
				s.cfg.SyncTracker.Written(stone("a", "10"))
				s.cfg.SyncTracker.Written(stone("b", "11"))
			})
		})
		synctest.Wait()
		if isOver(over) {
			t.Fatal("the answer came before the handler had heard")
		}
		handler.Delivered(stone("a", "10"))
		synctest.Wait()
		if !isOver(over) {
			t.Fatal("the answer didn't come when the handler had heard")
		}
	})
}
