package process

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// watches are a process's watches, which can be broken.
type watches struct {
	mu     sync.Mutex // guards what follows
	open   map[*watchBody]struct{}
	back   chan struct{}               // closed when they are to come back; nil while they are up
	missed bool                        // they were down, and there was no new list since
	past   string                      // the resourceVersion that lists are of, until the watches are up; "" for the present
	listed map[*informer]bool          // informers that had a list, or a watch that begins with one
	told   map[schema.GroupKind]string // the newest resourceVersion that a handler was told
	waits  map[*cacheWait]struct{}     // reads that wait for the cache
}

// CutWatch closes the process's watches and prevents new ones. Its cache no longer
// changes, and the world doesn't wait for it.
func (p *Process) CutWatch() error {
	w := &p.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.back != nil {
		return errors.New("the controller's watch is down already")
	}
	w.back, w.missed = make(chan struct{}), true
	p.eachHandler(func(v *Handler) { v.Hold() })
	//determinism:ordered each is closed on its own
	for b := range w.open {
		b.cut()
	}
	return nil
}

// RestoreWatch lets the watches reconnect. The changes that they missed are gone, as
// after a compaction, so each starts with a new list. The world isn't settled until the
// handlers have been told of everything in the list: an informer passes unchanged
// objects, too, and that may wake the controller.
func (p *Process) RestoreWatch() error {
	w := &p.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.back == nil {
		return errors.New("the controller's watch isn't down")
	}
	p.eachHandler(func(v *Handler) { v.Renew() })
	w.resume(func(*cacheWait) bool { return true })
	close(w.back)
	w.back, w.past = nil, ""
	return nil
}

// down returns a channel that is closed when the watches come back, nil if they are up.
func (w *watches) down() chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.back
}

// refuses returns the status with which a watch request is refused, 0 if it isn't.
func (w *watches) refuses(req *http.Request) int {
	lists := req.URL.Query().Get("sendInitialEvents") != ""
	f := informerOf(req)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.missed && !lists:
		return http.StatusGone
	case w.back != nil && f != nil && !w.listed[f]:
		return http.StatusUnprocessableEntity
	}
	w.list(f)
	return 0
}

// list records that an informer has its first list; w.mu is held.
func (w *watches) list(f *informer) {
	if f == nil {
		return
	}
	if w.listed == nil {
		w.listed = map[*informer]bool{}
	}
	w.listed[f] = true
}

// relisted records that the present list contains what was missed.
func (w *watches) relisted() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.missed = w.back != nil
}

// WatchIsDown says whether the process's watches are broken.
func (p *Process) WatchIsDown() bool { return p.watches.down() != nil }

// eachHandler calls a function with each of the process's handlers.
func (p *Process) eachHandler(do func(*Handler)) {
	p.mu.Lock()
	handlers := p.handlers
	p.mu.Unlock()
	for _, v := range handlers {
		do(v)
	}
}

// isWatch says whether a request is a watch.
func isWatch(req *http.Request) bool {
	switch req.URL.Query().Get("watch") {
	case "true", "1":
		return true
	}
	return false
}

// watch sends watch requests. Once the watches have been down, a watch from a
// resourceVersion is refused with 410 Gone at once: before it asks for a new list, a
// reflector waits 800 ms of real time, which should be over when the watches come back.
// A watch that starts with a list waits until they are back. An informer's first one is
// refused, so that it asks for a plain list: lists are answered while watches are down,
// and a watch can't return an old one.
func (p *Process) watch(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	if !isWatch(req) {
		return next.RoundTrip(req)
	}
	w := &p.watches
	if status := w.refuses(req); status > 0 {
		return refusal(req, status), nil
	}
	if err := w.await(req.Context(), p.dead); err != nil {
		return nil, err
	}
	w.relisted()
	res, err := next.RoundTrip(req)
	if err == nil && res.StatusCode == http.StatusOK {
		res.Body = w.track(res.Body)
	}
	return res, err
}

// await waits until the watches are up.
func (w *watches) await(ctx, dead context.Context) error {
	back := w.down()
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

// watchBody is the body of a watch's answer. When it is cut, it ends, as if the API
// server had closed it.
type watchBody struct {
	io.ReadCloser
	watches *watches
	mu      sync.Mutex // guards isCut
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
