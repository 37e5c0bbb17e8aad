package process

import (
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
)

// order has an operation wait at the sequencer until it may go on.
func (p *Process) order(c *call, next func(*call)) {
	ctx := c.Request.Context()
	p.cfg.Sequencer.await(ctx, p.dead, p.cfg.Incarnation, c.Object, about(c.Request), p.task(c.Object))
	switch {
	case p.dead.Err() != nil:
		c.Err = errKilled
	case ctx.Err() != nil:
		c.Err = ctx.Err()
	default:
		next(c)
	}
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
