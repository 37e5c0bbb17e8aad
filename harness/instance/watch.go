package instance

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// watches are an instance's watches, which can be cut off.
type watches struct {
	mu      sync.Mutex
	open    map[*watchBody]struct{}
	back    chan struct{} // closed when they are to come back; nil while they are up
	expired bool          // the next one to go on from a resourceVersion is too old
}

// CutWatch closes the instance's watches and lets none come back: its cache
// stays as it is, and the world doesn't wait for it.
//
// A controller that reads an object which it has itself written since waits
// for its cache, and so the world doesn't settle.
func (i *Instance) CutWatch() error {
	w := &i.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.back != nil {
		return errors.New("the controller's watch is down already")
	}
	w.back = make(chan struct{})
	i.hold(true)
	//determinism:ordered each is closed on its own
	for b := range w.open {
		b.cut()
	}
	return nil
}

// RestoreWatch lets the watches come back. What they missed is too old to be
// had, so that they begin with a new list: 410 Gone, as after a compaction.
func (i *Instance) RestoreWatch() error {
	w := &i.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.back == nil {
		return errors.New("the controller's watch isn't down")
	}
	close(w.back)
	w.back, w.expired = nil, true
	i.hold(false)
	return nil
}

// hold has the world wait for the instance's handlers no more, or again.
func (i *Instance) hold(held bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, v := range i.views {
		v.Hold(held)
	}
}

// isWatch says whether a request is one to watch.
func isWatch(req *http.Request) bool {
	switch req.URL.Query().Get("watch") {
	case "true", "1":
		return true
	}
	return false
}

// watch sends a request to watch, once the watches are up.
func (t *transport) watch(req *http.Request) (*http.Response, error) {
	w := &t.instance.watches
	if err := w.await(req.Context(), t.instance.dead); err != nil {
		return nil, err
	}
	if req.URL.Query().Get("sendInitialEvents") == "" && w.takeExpired() {
		return gone(req), nil
	}
	res, err := t.base.RoundTrip(req)
	if err == nil && res.StatusCode == http.StatusOK {
		res.Body = w.track(res.Body)
	}
	return res, err
}

// await returns once the watches are up.
func (w *watches) await(ctx, dead context.Context) error {
	w.mu.Lock()
	back := w.back
	w.mu.Unlock()
	if back == nil {
		return nil
	}
	select {
	case <-back:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-dead.Done():
		return errKilled
	}
}

func (w *watches) takeExpired() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.expired
	w.expired = false
	return was
}

func (w *watches) track(body io.ReadCloser) io.ReadCloser {
	b := &watchBody{ReadCloser: body, watches: w}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		w.open = map[*watchBody]struct{}{}
	}
	w.open[b] = struct{}{}
	if w.back != nil {
		b.cut()
	}
	return b
}

// watchBody is the body of an answer to a watch: once it is cut, it is at its
// end, as when the API server has closed it.
type watchBody struct {
	io.ReadCloser
	watches *watches
	mu      sync.Mutex
	isCut   bool
}

func (b *watchBody) cut() {
	b.mu.Lock()
	b.isCut = true
	b.mu.Unlock()
	_ = b.ReadCloser.Close()
}

// Read reads until the body is cut.
func (b *watchBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isCut {
		return 0, io.EOF
	}
	return n, err
}

// Close closes the body.
func (b *watchBody) Close() error {
	b.watches.mu.Lock()
	delete(b.watches.open, b)
	b.watches.mu.Unlock()
	return b.ReadCloser.Close()
}

// gone is the API server's answer to a watch that goes on from a
// resourceVersion which it doesn't have any more.
func gone(req *http.Request) *http.Response {
	const body = `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version","reason":"Expired","code":410}`
	return &http.Response{
		Status: "410 Gone", StatusCode: http.StatusGone, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)), Request: req,
	}
}
