package instance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// errKilled is what everything gets that a dead controller still tries.
var errKilled = errors.New("this controller has been killed")

// maxRecorded bounds what is read of an answer that isn't the API server's, in
// bytes. It is more than a client should want to read.
const maxRecorded = 128 << 10

// Exchange is a numbered request and how it ended.
type Exchange struct {
	Operation
	// Work is what it was made for: that of its reconcile, or a task.
	Work Work
	// Reconcile is the reconcile that made it, the zero one where none did.
	Reconcile Reconcile
	// API says that it is one to the API server.
	API bool
	// Began and Ended are the virtual times at which it left, and at which it
	// was over.
	Began, Ended time.Time
	// Request is the request; its body has been sent.
	Request *http.Request
	// Status is the HTTP status of the answer, 0 where there was none.
	Status int
	// Body is the answer's body, as far as it came.
	Body []byte
	// Cut says that the body went on after that, and was read no further.
	Cut bool
	// BodyErr is why the body broke off.
	BodyErr error
	// Header is the answer's header.
	Header http.Header
	// Err is why there was no answer.
	Err error
	// Life is the controller that made the request, in the order of their
	// starts.
	Life int
	// Unserved says that the world made the answer up: the request went nowhere.
	Unserved bool
	// Lost says that there was an answer, and that it was lost on its way.
	Lost bool
	// Late says that the request has been on its way for long; its sender has
	// been told of with an Exchange of its own.
	Late bool
}

// transport is the way that one instance's requests take, to the API server
// or to the devices: where they are numbered, recorded, and cut off.
type transport struct {
	instance *Instance
	base     http.RoundTripper
	way      way
}

// way says where a transport leads, and what from.
type way struct {
	api   bool // to the API server
	cache bool // from the manager's cache, whose lists and watches are no operations
}

// numbers says whether a request is an operation. The lists and watches of caches
// are none, and neither is discovery; nor is what is about Events, which are a
// record that no controller acts upon, and which the operator may lose.
func (w way) numbers(req *http.Request) bool {
	if !w.api {
		return true
	}
	r, ok := resourceOf(req)
	return ok && !w.cache && !r.isEvent()
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	i := t.instance
	if i.dead.Err() != nil {
		return nil, errKilled
	}
	if f, ok := req.Context().Value(informerKey{}).(*informer); ok {
		f.asks(req)
	}
	if isWatch(req) {
		return t.watch(req)
	}
	if t.way.api && i.isolated.Load() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if !t.way.numbers(req) {
		if t.way.cache && req.Method == http.MethodGet {
			req = i.watches.pinned(req)
		}
		return t.base.RoundTrip(req)
	}
	object := workIn(req.Context())
	owner := i.owner(object)
	i.cfg.Gate.await(req.Context(), i.dead, i.cfg.Life, object, about(req), owner)
	switch {
	case i.dead.Err() != nil:
		return nil, errKilled
	case req.Context().Err() != nil:
		return nil, req.Context().Err()
	}
	owner = i.owner(object)
	op := i.cfg.Operations.next(object)
	token := owner.Begin(fmt.Sprintf("request: %s#%d %s %s", object, op.Number, req.Method, req.URL.Path))
	defer token.End()
	if i.cfg.Operations.crashes(i.cfg.Life, op, Before) {
		return nil, i.crash(object, token)
	}
	var exchange Exchange
	began, owned := i.cfg.Clock.Now(), req.WithContext(op.in(owner.In(req.Context())))
	i.asks(owned, owner, true)
	if what, disturbed := i.cfg.Disturbances.take(op); disturbed {
		exchange = t.disturb(what, op, owned, owner)
	} else {
		exchange = t.exchange(op, owned)
	}
	i.asks(owned, owner, false)
	owner.Resume()
	exchange.Life, exchange.Reconcile = i.cfg.Life, reconcileIn(req.Context())
	exchange.Work, exchange.API = workOf(req.Context()), t.way.api
	exchange.Began, exchange.Ended = began, i.cfg.Clock.Now()
	if (exchange.Err != nil || exchange.BodyErr != nil) && i.dead.Err() != nil {
		return nil, errKilled // and nobody is left to learn of it
	}
	written := i.note(exchange)
	i.cfg.Observe(exchange)
	if i.cfg.Operations.crashes(i.cfg.Life, op, After) {
		return nil, i.crash(object, token)
	}
	i.cfg.Freshness.Await(i.dead, written...)
	switch {
	case exchange.Err != nil:
		return nil, exchange.Err
	case exchange.Lost:
		return nil, errLost
	}
	return exchange.response(), nil
}

// about tells requests apart by what they are for.
func about(req *http.Request) string {
	hash := fnv.New64a()
	if req.GetBody != nil {
		if body, err := req.GetBody(); err == nil {
			_, _ = io.Copy(hash, body) // neither fails
			_ = body.Close()
		}
	}
	return fmt.Sprintf("%s %s %x", req.Method, req.URL.Path, hash.Sum64())
}

// exchange sends a request and reads the whole answer, so that what happened
// is known even if the answer is to be lost.
func (t *transport) exchange(op Operation, req *http.Request) (x Exchange) {
	x = Exchange{Operation: op, Request: req}
	ctx, cancel := context.WithCancelCause(req.Context())
	defer cancel(nil)
	defer context.AfterFunc(t.instance.dead, func() { cancel(errKilled) })()
	res, err := t.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		x.Err = err
		return x
	}
	defer res.Body.Close()
	x.Status, x.Header = res.StatusCode, res.Header
	if t.way.api {
		x.Body, x.BodyErr = io.ReadAll(res.Body)
	} else {
		// An answer that is too long to record, or that breaks, is handed on as
		// far as it came: the client under test has to cope with it.
		x.Body, x.BodyErr = io.ReadAll(io.LimitReader(res.Body, maxRecorded+1))
		x.Cut = len(x.Body) > maxRecorded
	}
	if ctxErr := req.Context().Err(); ctxErr != nil {
		// An answer that came at the very instant of the timeout came too late,
		// whichever of the two this goroutine saw first.
		x.Err = ctxErr
	}
	return x
}

func (x Exchange) response() *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", x.Status, http.StatusText(x.Status)), StatusCode: x.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: x.Header, Body: io.NopCloser(io.MultiReader(bytes.NewReader(x.Body), broken{x.BodyErr})), ContentLength: -1,
		Request: x.Request,
	}
}

// broken is a reader that only fails, or that is at its end.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) {
	if b.err == nil {
		return 0, io.EOF
	}
	return 0, b.err
}

// crash cuts the object off at a crash point and returns when the instance is
// dead.
func (i *Instance) crash(object string, token interface{ End() }) error {
	i.cut(object)
	token.End()
	<-i.dead.Done()
	return errKilled
}
