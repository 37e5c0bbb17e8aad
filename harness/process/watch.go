package process

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// watches are a process's watches, which can be cut off.
type watches struct {
	mu     sync.Mutex // guards what follows
	open   map[*watchBody]struct{}
	back   chan struct{}               // closed when they are to come back; nil while they are up
	missed bool                        // they were down, and there was no new list since
	past   string                      // the resourceVersion that lists are of, until the watches are up; "" for the present
	listed map[string]bool             // paths of which there was such a list
	told   map[schema.GroupKind]string // the newest resourceVersion that a handler has been told of
	waits  map[*cacheWait]struct{}     // reads that wait for the cache
}

// CutWatch closes the process's watches and lets none come back: its cache
// stays as it is, and the world doesn't wait for it.
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

// RestoreWatch lets the watches come back. What they missed is too old to be
// had, so that they begin with a new list, as after a compaction. The world
// isn't settled before the handlers have been told of all that is in it, whether
// or not it has changed: an informer tells them all the same, and that may wake
// the controller.
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

// down returns what is closed when the watches come back, or nil if they are
// up.
func (w *watches) down() chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.back
}

// refuses returns the status that a request to watch is refused with, 0 if it
// isn't.
func (w *watches) refuses(req *http.Request) int {
	lists := req.URL.Query().Get("sendInitialEvents") != ""
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.missed && !lists:
		return http.StatusGone
	case w.past != "" && !w.listed[req.URL.Path]:
		return http.StatusUnprocessableEntity
	}
	return 0
}

// relisted says that what was missed is in the list that is asked for now.
func (w *watches) relisted() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.missed = w.back != nil
}

// WatchIsDown says whether the process's watches are cut off.
func (p *Process) WatchIsDown() bool { return p.watches.down() != nil }

// eachHandler does something with each of the process's handlers.
func (p *Process) eachHandler(do func(*Handler)) {
	p.mu.Lock()
	handlers := p.handlers
	p.mu.Unlock()
	for _, v := range handlers {
		do(v)
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

// watch sends requests to watch. Once the watches have been down, one that
// would go on from a resourceVersion is refused with 410 Gone, at once: a
// reflector waits for 800 ms of real time before it asks for a new list, and
// that had better be over when they come back. One that begins with a list waits
// for that, or is refused where the list is to be one of the past, which no
// watch can give.
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

// await returns once the watches are up.
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

// watchBody is the body of an answer to a watch: once it is cut, it is at its
// end, as when the API server has closed it.
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
