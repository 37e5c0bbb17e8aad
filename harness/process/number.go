package process

import (
	"fmt"
	"net/http"

	"example.com/edge-device-operator/harness/virtualtime"
)

// numbers says whether a request is an operation. The lists and watches of caches are
// not, nor is discovery. Requests for Events are not, either: no controller acts on an
// Event, and the operator may lose it.
func (w way) numbers(req *http.Request) bool {
	if !w.api {
		return true
	}
	r, ok := resourceOf(req)
	return ok && !w.cache && !r.isEvent()
}

// operate passes operations to their steps, and other requests on.
func (p *Process) operate(w way, operation func(*call)) handler {
	return func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		if !w.numbers(req) {
			return next.RoundTrip(req)
		}
		c := p.newCall(w, req)
		operation(c)
		return c.response()
	}
}

// newCall is an operation at the beginning of its way.
func (p *Process) newCall(w way, req *http.Request) *call {
	c := &call{Exchange: Exchange{
		Operation: Operation{Object: workIn(req.Context())}, Work: workOf(req.Context()), Reconcile: reconcileIn(req.Context()),
		API: w.api, Request: req, Incarnation: p.cfg.Incarnation,
	}}
	if w.api {
		c.Target, _ = TargetOf(req, p.cfg.Mapper) // there is one, or it had no number
	}
	return c
}

// ask says under which context its task waits for an operation, from the sequencer on.
func (p *Process) ask(c *call, next func(*call)) {
	defer virtualtime.TaskIn(c.Request.Context()).Asks(c.Request.Context())()
	next(c)
}

// number gives an operation its number, and has the world wait for it. One of several
// that are in flight together is a task of its own: only it waits for what it waits for.
func (p *Process) number(c *call, next func(*call)) {
	c.task = p.task(c.Object)
	c.Operation = p.cfg.Operations.next(c.Object)
	c.FannedOut = c.task.FannedOut()
	if c.FannedOut {
		c.task = p.task(c.Name())
	}
	c.token = c.task.Begin(fmt.Sprintf("request: %s#%d %s %s", c.Object, c.Number, c.Request.Method, c.Request.URL.Path))
	defer c.token.End()
	if c.FannedOut {
		defer p.cfg.Clock.Enter(p.dead, c.task)()
	}
	c.Request = c.Request.WithContext(c.Operation.in(c.task.In(c.Request.Context())))
	next(c)
}
