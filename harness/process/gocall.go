package process

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"example.com/edge-device-operator/harness/virtualtime"
)

// GoCall is a call of an external system that is a Go interface. It is an operation, as
// a request is.
type GoCall struct {
	// System is the system's name, Verb what is called, such as Create, and Object what
	// it is called for. They are in the trace, and distinguish the calls that one
	// reconcile makes at once.
	System, Verb, Object string
	// Do makes the call. The error is the system's own.
	Do func(context.Context) (any, error)
}

// RefusedError is the error of a call that the world refused. The system never got it.
type RefusedError struct {
	// Status is the HTTP status of the refusal.
	Status int
}

// Error names the status.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("refused with %d %s: made up by the world", e.Status, http.StatusText(e.Status))
}

// call makes a GoCall as an operation. The error is the system's own, the context's, a
// *RefusedError, or says that the answer was lost.
func (p *Process) call(ctx context.Context, g GoCall) (any, error) {
	if p.dead.Err() != nil {
		return nil, errKilled
	}
	// The steps identify an operation by its request.
	req := &http.Request{Method: g.Verb, URL: &url.URL{Scheme: "go", Host: g.System, Path: "/" + g.System + "/" + g.Object}}
	c := p.newCall(way{}, req.WithContext(ctx))
	c.Call = &g
	p.operation(p.invoke)(c)
	switch {
	case c.Err != nil:
		return nil, c.Err
	case c.Lost:
		return nil, errLost
	case c.Unserved:
		return nil, &RefusedError{c.Status}
	}
	return c.Returned, c.Failed
}

// invoke makes a call. The death of the process cancels it, unless it is late.
func (p *Process) invoke(c *call, _ func(*call)) {
	ctx, cancel := virtualtime.WithCancelCause(c.Request.Context())
	defer cancel(nil)
	if !c.Late {
		defer context.AfterFunc(p.dead, func() { cancel(errKilled) })()
	}
	c.Returned, c.Failed = c.Call.Do(ctx)
	// An answer at the exact instant of the timeout is too late, as with requests.
	c.Err = ctx.Err()
}
