package world

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"example.com/edge-device-operator/harness/trace"
)

// byHandHeader tells a device's server that a request is a person's. The device
// itself doesn't see it.
const byHandHeader = "World-By-Hand"

// hands is what people ask devices for.
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

// ByHand has somebody with curl ask a device to burn an image, or to reboot where
// there is none: without If-Match and without a key, so that it just acts. Like
// any client, they give up in the end.
func (w *World) ByHand(name, image string) error {
	if w.fleet.find(name) == nil {
		return fmt.Errorf("there is no device %s", name)
	}
	target := url.URL{Scheme: "http", Host: homeOf(w.namespace, name), Path: "/reboot"}
	what := "/reboot"
	if image != "" {
		target.Path, target.RawQuery, what = "/burn", url.Values{"image": {image}}.Encode(), "/burn "+image
	}
	owner := w.activity.Owner("somebody at " + name)
	token := owner.Begin(fmt.Sprintf("somebody: POST %s to %s", what, name))
	ctx, cancel := w.clock.WithTimeout(owner.In(w.hands.ctx), CallTimeout)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), nil)
	if err != nil {
		cancel()
		token.End()
		return err
	}
	req.Header.Set(byHandHeader, "yes")
	w.hands.busy.Add(1)
	w.hands.open.Go(func() {
		defer token.End()
		defer w.hands.busy.Add(-1)
		defer owner.Resume()
		defer cancel()
		answer := "no answer"
		if res, err := w.fleet.transport().RoundTrip(req); err == nil {
			answer = fmt.Sprint(res.StatusCode)
			_ = res.Body.Close()
		}
		w.trace.Add(trace.Line{At: w.Now(), Object: name, Text: fmt.Sprintf("somebody asks the device by hand: POST %s → %s", what, answer)})
	})
	return nil
}
