package world

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"example.com/edge-device-operator/harness/trace"
)

// hands are the people who ask external systems for something.
type hands struct {
	open sync.WaitGroup
	busy atomic.Int32 // how many ask for something
	ctx  context.Context
	drop context.CancelFunc
}

func newHands() *hands {
	h := &hands{}
	h.ctx, h.drop = context.WithCancel(context.Background())
	return h
}

// close gives up what was not answered yet.
func (h *hands) close() {
	h.drop()
	h.open.Wait()
}

// ByHand has somebody ask an external system for something that concerns an
// object; what says it. Like any client they give up after some virtual time. ask
// asks, and returns the event that it was.
func (w *World) ByHand(object, what string, limit time.Duration, ask func(context.Context) trace.Event) {
	owner := w.activity.Owner("somebody at " + object)
	token := owner.Begin(fmt.Sprintf("somebody: %s", what))
	ctx, cancel := w.clock.WithTimeout(owner.In(w.hands.ctx), limit)
	w.hands.busy.Add(1)
	w.hands.open.Go(func() {
		defer token.End()
		defer w.hands.busy.Add(-1)
		defer owner.Resume()
		defer cancel()
		w.Observe(ask(ctx))
	})
}
