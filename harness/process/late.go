package process

import (
	"context"
	"fmt"
	"sort"
	"time"

	"example.com/edge-device-operator/harness/virtualtime"
)

// lateRequest is a request that has not arrived yet.
type lateRequest struct {
	op      Operation
	due     time.Time
	arrived bool
	deliver func()
}

// send delays a request. Deliver delivers it.
func (d *RequestFaults) send(op Operation, after time.Duration, deliver func()) {
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

// Deliver delivers the late requests that are due, one after the other, and returns
// their number. It is called when the world has settled: a late request arrives after
// everything else that was due at its time.
func (d *RequestFaults) Deliver() int {
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

// sendLate sends an operation after a delay, even if its sender is gone by then. Nobody
// gets the answer.
func (p *Process) sendLate(c *call, after time.Duration, send func(*call)) {
	late := &call{Exchange: c.Exchange}
	late.Reconcile, late.Late, late.Began = Reconcile{}, true, p.cfg.Clock.Now()
	// It belongs to no work, and its body must be read now.
	late.Request = c.Request.Clone(virtualtime.Task{}.In(context.WithoutCancel(c.Request.Context())))
	if c.Request.GetBody != nil {
		if body, err := c.Request.GetBody(); err == nil {
			late.Request.Body = body
		}
	}
	if late.Call != nil {
		p.cfg.RequestFaults.send(c.Operation, after, func() { p.arrive(late, send) })
		return
	}
	p.cfg.RequestFaults.send(c.Operation, after, func() {
		defer p.cfg.Quiescence.Begin(fmt.Sprintf("request: %s#%d arrives late", late.Object, late.Number)).End()
		send(late)
		late.Ended = p.cfg.Clock.Now()
		p.tell(late)
	})
}
