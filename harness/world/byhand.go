package world

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"example.com/edge-device-operator/harness/trace"
)

// manualRequests are people's requests to external systems.
type manualRequests struct {
	open sync.WaitGroup
	busy atomic.Int32 // how many ask for something
	made int          // how many there have been
	ctx  context.Context
	drop context.CancelFunc
}

func newManualRequests() *manualRequests {
	h := &manualRequests{}
	h.ctx, h.drop = context.WithCancel(context.Background())
	return h
}

// close cancels the requests that are under way.
func (h *manualRequests) close() {
	h.drop()
	h.open.Wait()
}

// ByHand makes a person's request to an external system, for an object; what describes
// it. Like any client, a person gives up after some virtual time, the limit. ask makes
// the request and returns its event.
func (w *World) ByHand(object, what string, limit time.Duration, ask func(context.Context) trace.Event) {
	// Several may wait at a time, each for its own answer.
	w.manual.made++
	task := w.quiescence.Task(fmt.Sprintf("request by hand %d to %s", w.manual.made, object))
	token := task.Begin(fmt.Sprintf("somebody: %s", what))
	ctx, cancel := w.clock.WithTimeout(task.In(w.manual.ctx), limit)
	answered := task.Asks(ctx)
	w.manual.busy.Add(1)
	w.manual.open.Go(func() {
		defer token.End()
		defer answered()
		defer w.manual.busy.Add(-1)
		defer task.Resume()
		defer cancel()
		w.Observe(ask(ctx))
	})
}
