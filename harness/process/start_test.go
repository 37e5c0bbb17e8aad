package process

import (
	"context"
	"testing"
)

// TestAStartEndsWithItsLastController has the world wait for an incarnation until each
// controller's workers have come for a key, and each task has begun; and for a controller
// that is added later.
func TestAStartEndsWithItsLastController(t *testing.T) {
	p := stands(t).Process
	calledOff, cancel := context.WithCancel(t.Context())
	cancel()
	p.awaitStart()
	p.awaits("left")
	p.awaits("right")
	p.awaits("@runnable-1")
	for _, step := range []struct {
		what    string
		do      func()
		settled bool
	}{
		{"none has come", func() {}, false},
		{"the first has come", func() { p.up("left") }, false},
		{"the first has come twice", func() { p.up("left") }, false},
		{"the task has begun", func() { p.up("@runnable-1") }, false},
		{"all have come", func() { p.up("right") }, true},
		{"one was added", func() { p.awaits("late") }, false},
		{"that has come", func() { p.up("late") }, true},
	} {
		step.do()
		if err := p.cfg.Quiescence.Settle(calledOff); (err == nil) != step.settled {
			t.Errorf("%s: %v", step.what, err)
		}
	}
}
