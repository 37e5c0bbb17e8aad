package process

import (
	"context"
	"io"
	"net/http"
)

// maxRecorded bounds what is read of an answer that isn't the API server's, in
// bytes. It is more than a client should want to read.
const maxRecorded = 128 << 10

// send sends an operation and reads the whole answer, so that what happened is known
// even if the answer is to be lost. The death of the process breaks it off, unless
// it is late.
func (p *Process) send(base http.RoundTripper) step {
	return func(c *call, _ func(*call)) {
		ctx, cancel := context.WithCancelCause(c.Request.Context())
		defer cancel(nil)
		if !c.Late {
			defer context.AfterFunc(p.dead, func() { cancel(errKilled) })()
		}
		res, err := base.RoundTrip(c.Request.WithContext(ctx))
		if err != nil {
			c.Err = err
			return
		}
		defer res.Body.Close()
		c.Status, c.Header = res.StatusCode, res.Header
		if c.API {
			c.Body, c.BodyErr = io.ReadAll(res.Body)
		} else {
			// An answer that is too long to record, or that breaks, is handed on as
			// far as it came: the client under test has to cope with it.
			c.Body, c.BodyErr = io.ReadAll(io.LimitReader(res.Body, maxRecorded+1))
			c.Cut = len(c.Body) > maxRecorded
		}
		// An answer that came at the very instant of the timeout came too late,
		// whichever of the two this goroutine saw first.
		c.Err = c.Request.Context().Err()
	}
}
