package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// errLost is the error of a client whose answer is lost.
var errLost = errors.New("the connection broke before the answer")

// fault applies the planned fault of an operation.
func (p *Process) fault(c *call, next func(*call)) {
	what, planned := p.cfg.RequestFaults.take(c.Operation)
	switch {
	case !planned:
		next(c)
	case what.Status > 0:
		res := refusal(c.Request, what.Status)
		c.Status, c.Header, c.Unserved = res.StatusCode, res.Header, true
		c.Body, _ = io.ReadAll(res.Body) // from memory
	case what.Lost:
		next(c)
		c.Lost = c.Err == nil
	case what.Never:
		p.unanswered(c)
	case what.Delayed > 0:
		if p.delay(c, what.Delayed); c.Err == nil {
			next(c)
		}
	default:
		p.sendLate(c, what.Late, next)
		p.unanswered(c)
	}
}

// delay makes the sender of an operation wait before it is sent.
func (p *Process) delay(c *call, length time.Duration) {
	ctx, cancel := context.WithCancelCause(c.task.In(c.Request.Context()))
	defer cancel(nil)
	defer context.AfterFunc(p.dead, func() { cancel(errKilled) })()
	if p.cfg.Clock.Wait(ctx, length) != nil {
		c.Err = context.Cause(ctx)
	}
}

// unanswered makes the sender of an operation wait until it gives up.
func (p *Process) unanswered(c *call) {
	c.task.Park()
	ctx := c.Request.Context()
	select {
	case <-ctx.Done():
		c.Err = context.Cause(ctx)
	case <-p.dead.Done():
		c.Err = errKilled
	}
}

// refusal returns an API server's answer with an error status.
func refusal(req *http.Request, status int) *http.Response {
	reason := map[int]metav1.StatusReason{
		http.StatusUnauthorized: metav1.StatusReasonUnauthorized, http.StatusForbidden: metav1.StatusReasonForbidden,
		http.StatusNotFound: metav1.StatusReasonNotFound, http.StatusConflict: metav1.StatusReasonConflict, http.StatusGone: metav1.StatusReasonExpired,
		http.StatusUnprocessableEntity: metav1.StatusReasonInvalid, http.StatusTooManyRequests: metav1.StatusReasonTooManyRequests,
		http.StatusInternalServerError: metav1.StatusReasonInternalError,
		http.StatusServiceUnavailable:  metav1.StatusReasonServiceUnavailable, http.StatusGatewayTimeout: metav1.StatusReasonTimeout,
	}[status]
	body := fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"made up by the world","reason":%q,"code":%d}`, reason, status)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)), Request: req,
	}
}
