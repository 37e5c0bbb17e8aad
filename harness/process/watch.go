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
	held   []*stream                   // those that are held back and not cut
	missed bool                        // they were cut, and there was no new list since
	past   string                      // the resourceVersion that lists are of, until the watches are up; "" for the present
	listed map[*informer]bool          // informers that had a list, or a watch that begins with one
	told   map[schema.GroupKind]string // the newest resourceVersion that a handler was told
	waits  map[*cacheWait]struct{}     // reads that wait for the cache
}

// errDown is the error of who takes down what is.
var errDown = errors.New("the controller's watch is down already")

// HoldWatch holds back what the process's watches bring. Its cache no longer changes, and
// the world doesn't wait for it. Watches that can't be held back are cut. All is as with
// CutWatch for who sees only the cache, and takes much less time.
func (p *Process) HoldWatch() error {
	streams, can := p.streams()
	w := &p.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.back != nil:
		return errDown
	case !can || w.hasOthers():
		p.cutWatches()
		return nil
	}
	w.back, w.held = make(chan struct{}), streams
	p.eachHandler((*Handler).Hold)
	for _, s := range streams {
		s.hold()
	}
	return nil
}

// streams are the watches of the process's informers, and whether all of them can be held
// back. What a field selects is not known, and an object that was transformed isn't what
// a list would bring.
func (p *Process) streams() (all []*stream, can bool) {
	p.mu.Lock()
	informers := p.informers
	p.mu.Unlock()
	for _, f := range informers {
		f.mu.Lock()
		s, exact := f.stream, !f.scope.Fields && !f.transforms
		f.mu.Unlock()
		if !exact || s == nil || !s.canBeHeld() {
			return nil, false
		}
		all = append(all, s)
	}
	return all, true
}

// hasOthers says whether a watch is open that no informer has; w.mu is held.
func (w *watches) hasOthers() bool {
	//determinism:ordered one is enough
	for b := range w.open {
		if b.informer == nil {
			return true
		}
	}
	return false
}

// CutWatch closes the process's watches and prevents new ones. Its cache no longer
// changes, and the world doesn't wait for it.
func (p *Process) CutWatch() error {
	w := &p.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.back != nil {
		return errDown
	}
	p.cutWatches()
	return nil
}

// cutWatches is CutWatch with the lock of the watches held.
func (p *Process) cutWatches() {
	w := &p.watches
	w.back, w.missed = make(chan struct{}), true
	p.eachHandler((*Handler).Hold)
	//determinism:ordered each is closed on its own
	for b := range w.open {
		b.cut()
	}
}

// RestoreWatch brings the watches back: those that were held go on, and those that were
// cut reconnect. The changes that they missed are gone, as after a compaction, so each
// starts with a new list. The world isn't settled until the handlers have been told of
// everything in the list: an informer passes unchanged objects, too, and that may wake the
// controller.
func (p *Process) RestoreWatch() error {
	w := &p.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.back == nil {
		return errors.New("the controller's watch isn't down")
	}
	p.eachHandler((*Handler).Renew)
	w.resume(func(*cacheWait) bool { return true })
	close(w.back)
	for _, s := range w.held {
		s.release()
	}
	w.back, w.held, w.past = nil, nil, ""
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
	case !lists && (w.missed || w.back != nil):
		return http.StatusGone
	case w.back != nil && f != nil && !w.listed[f]:
		return http.StatusUnprocessableEntity
	}
	w.list(f)
	return 0
}

// list records that an informer has its first list; w.mu is held. One that has it while
// others are held back is like one that was cut: it lists again once they are back.
func (w *watches) list(f *informer) {
	if f == nil {
		return
	}
	w.missed = w.missed || w.back != nil && !w.listed[f]
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
		res.Body = w.track(res.Body, informerOf(req))
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

func (w *watches) track(body io.ReadCloser, f *informer) io.ReadCloser {
	b := &watchBody{ReadCloser: body, watches: w, informer: f}
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
	watches  *watches
	informer *informer  // nil if none asked for it
	mu       sync.Mutex // guards isCut
	isCut    bool
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
