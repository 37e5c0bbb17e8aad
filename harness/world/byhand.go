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
type manualRequests struct {
	open sync.WaitGroup
	busy atomic.Int32 // how many ask for something
	ctx  context.Context
	drop context.CancelFunc
}

func newManualRequests() *manualRequests {
	h := &manualRequests{}
	h.ctx, h.drop = context.WithCancel(context.Background())
	return h
}

// close gives up what was not answered yet.
func (h *manualRequests) close() {
	h.drop()
	h.open.Wait()
}

// ByHand has somebody ask an external system for something that concerns an
// object; what says it. Like any client they give up after some virtual time. ask
// asks, and returns the event that it was.
func (w *World) ByHand(object, what string, limit time.Duration, ask func(context.Context) trace.Event) {
	task := w.quiescence.Task("somebody at " + object)
	token := task.Begin(fmt.Sprintf("somebody: %s", what))
	ctx, cancel := w.clock.WithTimeout(task.In(w.manual.ctx), limit)
	w.manual.busy.Add(1)
	w.manual.open.Go(func() {
		defer token.End()
		defer w.manual.busy.Add(-1)
		defer task.Resume()
		defer cancel()
		w.Observe(ask(ctx))
	})
}
