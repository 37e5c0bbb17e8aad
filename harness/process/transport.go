package process

import "net/http"

// transport is the way that one process's requests take: a row of handlers, each
// in a file of its own. This is the whole of it, in order; the last of it has the API
// server's timestamps be virtual ones, for all of the others too.
func (p *Process) transport(w way, base http.RoundTripper) http.RoundTripper {
	if w.api {
		base = p.cfg.Timestamps.Translating(base)
	}
	operation := p.operation(p.send(base)) // sends it, and reads the whole answer
	return row(base,
		p.alive,                 // refuses what a dead controller sends
		p.learn,                 // learns what an informer selects
		p.watch,                 // cuts watches off
		p.isolate(w),            // cuts the API server off
		p.operate(w, operation), // takes operations the way below, and the others past it
		p.pin(w),                // has caches list what was
	)
}

// operation is the row of steps of an operation.
func (p *Process) operation(last step) func(*call) {
	return steps(
		p.ask,    // says under which context its task waits for it
		p.order,  // waits at the sequencer until it may go on
		p.number, // gives it its number, and has the world wait for it
		p.hold,   // keeps the answer until every handler has heard of what was written
		p.pause,  // waits at its breakpoint
		p.crash,  // cuts its work off before it, or after it
		p.record, // notes what it has written, and tells of it
		p.open,   // keeps account of it while it is open
		p.fault,  // refuses it, loses its answer, or has it come late
		last,
	)
}

// way says what a transport connects.
type way struct {
	api   bool // to the API server
	cache bool // from the manager's cache, whose lists and watches are no operations
}

// handler has one duty for every request. It answers, or passes the request on to next.
type handler func(req *http.Request, next http.RoundTripper) (*http.Response, error)

// row is a transport through handlers, in this order, to base.
func row(base http.RoundTripper, handlers ...handler) http.RoundTripper {
	for n := len(handlers) - 1; n >= 0; n-- {
		base = handled{handlers[n], base}
	}
	return base
}

// handled is a transport that starts with a handler.
type handled struct {
	handle handler
	next   http.RoundTripper
}

// RoundTrip sends a request.
func (h handled) RoundTrip(req *http.Request) (*http.Response, error) { return h.handle(req, h.next) }

// step has one duty for every operation. It passes the call on to next and then finds
// the result in it, or it sets the result itself.
type step func(c *call, next func(*call))

// steps joins steps, in this order.
func steps(all ...step) func(*call) {
	if len(all) == 0 {
		return func(*call) {}
	}
	rest := steps(all[1:]...)
	return func(c *call) { all[0](c, rest) }
}
