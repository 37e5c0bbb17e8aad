package process

import (
	"context"
	"io"
	"net/http"
)

// maxRecorded bounds how much of an answer is read, in bytes, unless it is the API
// server's. It is more than a client should read.
const maxRecorded = 128 << 10

// send sends an operation and reads the whole answer, so that the result is known even
// if the answer will be lost. The death of the process cancels it, unless it is late.
func (p *Process) send(base http.RoundTripper) step {
	return func(c *call, _ func(*call)) {
		ctx, cancel := context.WithCancelCause(c.Request.Context())
		defer cancel(nil)
		if !c.Late {
			defer context.AfterFunc(p.dead, func() { cancel(errKilled) })()
		}
		res, err := base.RoundTrip(c.Request.WithContext(ctx))
		if err != nil {
			// At the exact instant of the timeout, that comes first, here as below.
			if c.Err = c.Request.Context().Err(); c.Err == nil {
				c.Err = err
			}
			return
		}
		defer res.Body.Close()
		c.Status, c.Header = res.StatusCode, res.Header
		if c.API {
			c.Body, c.BodyErr = io.ReadAll(res.Body)
		} else {
			// An answer that is too long, or that breaks, is passed on as far as it was
			// read: the client under test has to handle it.
			c.Body, c.BodyErr = io.ReadAll(io.LimitReader(res.Body, maxRecorded+1))
			c.Cut = len(c.Body) > maxRecorded
		}
		// An answer at the exact instant of the timeout is too late, whichever of the
		// two this goroutine saw first.
		c.Err = c.Request.Context().Err()
	}
}
