package instance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/edge-device-operator/harness/virtualtime"
)

// Disturbance is what befalls one request; one of its fields is set.
type Disturbance struct {
	// Status has the request refused with that HTTP status: it is not served.
	Status int
	// Lost has it served, and its answer lost: the connection breaks.
	Lost bool
	// Never has it not served and not answered: who sent it waits until it
	// gives up.
	Never bool
	// Late has it arrive that much later, whether or not who sent it still
	// waits or lives.
	Late time.Duration
}

// errLost is what a client gets whose answer is lost.
var errLost = errors.New("the connection broke before the answer")

// Disturbances holds what is to befall which requests.
type Disturbances struct {
	clock *virtualtime.Clock

	mu      sync.Mutex
	planned map[Operation]Disturbance
	onWay   []*lateRequest
}

// NewDisturbances returns none, for requests in the clock's time.
func NewDisturbances(c *virtualtime.Clock) *Disturbances {
	return &Disturbances{clock: c, planned: map[Operation]Disturbance{}}
}

// Plan has a request disturbed; one that has been is past disturbing.
func (d *Disturbances) Plan(op Operation, what Disturbance) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.planned[op] = what
}

// Left returns the planned operations that have not been yet, sorted.
func (d *Disturbances) Left() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var left []string
	//determinism:ordered sorted below
	for op := range d.planned {
		left = append(left, fmt.Sprintf("%s#%d", op.Object, op.Number))
	}
	sort.Strings(left)
	return left
}

func (d *Disturbances) take(op Operation) (Disturbance, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	what, ok := d.planned[op]
	delete(d.planned, op)
	return what, ok
}

// lateRequest is a request on its way.
type lateRequest struct {
	op      Operation
	due     time.Time
	arrived bool
	deliver func()
}

// send lets a request be on its way for some time. It is delivered by Deliver.
func (d *Disturbances) send(op Operation, after time.Duration, deliver func()) {
	r := &lateRequest{op: op, due: d.clock.Now().Add(after), deliver: deliver}
	d.mu.Lock()
	d.onWay = append(d.onWay, r)
	d.mu.Unlock()
	d.clock.At(r.due, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		r.arrived = true
	})
}

// Deliver delivers the late requests whose time has come, one after the other,
// and returns how many those were. It is called when the world has settled: a
// late request arrives after all that was due at its time.
func (d *Disturbances) Deliver() int {
	d.mu.Lock()
	var due, rest []*lateRequest
	for _, r := range d.onWay {
		if r.arrived {
			due = append(due, r)
		} else {
			rest = append(rest, r)
		}
	}
	d.onWay = rest
	d.mu.Unlock()
	sort.Slice(due, func(i, j int) bool {
		a, b := due[i], due[j]
		if !a.due.Equal(b.due) {
			return a.due.Before(b.due)
		}
		if a.op.Object != b.op.Object {
			return a.op.Object < b.op.Object
		}
		return a.op.Number < b.op.Number
	})
	for _, r := range due {
		r.deliver()
	}
	return len(due)
}

// disturb lets the disturbance befall a request, which has been numbered.
func (t *transport) disturb(what Disturbance, op Operation, req *http.Request, owner virtualtime.Owner) Exchange {
	switch {
	case what.Status > 0:
		res := refusal(req, what.Status)
		body, _ := io.ReadAll(res.Body) // from memory
		return Exchange{Operation: op, Request: req, Status: res.StatusCode, Header: res.Header, Body: body, Unserved: true}
	case what.Lost:
		x := t.exchange(op, req)
		x.Lost = x.Err == nil
		return x
	}
	if !what.Never {
		began := t.instance.cfg.Clock.Now()
		// The body of what is sent later has to be had now.
		later := req.Clone(virtualtime.Owner{}.In(context.WithoutCancel(req.Context())))
		if req.GetBody != nil {
			if body, err := req.GetBody(); err == nil {
				later.Body = body
			}
		}
		t.instance.cfg.Disturbances.send(op, what.Late, func() { t.arrive(op, later, began) })
	}
	owner.Park()
	x := Exchange{Operation: op, Request: req}
	select {
	case <-req.Context().Done():
		x.Err = context.Cause(req.Context())
	case <-t.instance.dead.Done():
		x.Err = errKilled
	}
	return x
}

// arrive sends a late request, which left its sender at that time; nobody gets
// the answer.
func (t *transport) arrive(op Operation, req *http.Request, left time.Time) {
	defer t.instance.cfg.Activity.Begin(fmt.Sprintf("request: %s#%d arrives late", op.Object, op.Number)).End()
	now := t.instance.cfg.Clock.Now()
	x := Exchange{
		Operation: op, Work: workOf(req.Context()), Request: req, API: t.way.api, Life: t.instance.cfg.Life, Late: true, Began: left, Ended: now,
	}
	res, err := t.base.RoundTrip(req)
	if err != nil {
		x.Err = err
	} else {
		x.Status, x.Header = res.StatusCode, res.Header
		x.Body, x.BodyErr = io.ReadAll(io.LimitReader(res.Body, maxRecorded))
		_ = res.Body.Close()
	}
	t.instance.note(x)
	t.instance.cfg.Observe(x)
}

// refusal is an API server's answer that is no success.
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
