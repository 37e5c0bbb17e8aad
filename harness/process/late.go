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
	deliver func(context.Context)
}

// send delays a request. Deliver delivers it.
func (d *RequestFaults) send(op Operation, after time.Duration, deliver func(context.Context)) {
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
// everything else that was due at its time. It returns at the latest when the context
// ends.
func (d *RequestFaults) Deliver(ctx context.Context) int {
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
		r.deliver(ctx)
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
	p.cfg.RequestFaults.send(c.Operation, after, func(ctx context.Context) { p.arrive(ctx, late, send) })
}

// arrive serves a late call, and returns once it has ended or waits for virtual time, as
// it does at a device that answers slowly. The call goes on even if the process is dead.
func (p *Process) arrive(ctx context.Context, late *call, serve func(*call)) {
	a := p.cfg.Quiescence
	name := fmt.Sprintf("request: %s arrives late", late.Name())
	task := a.Task(name)
	token, over := task.Begin(name), false
	p.cfg.RequestFaults.serve(late.Operation, func(life context.Context) {
		defer a.Do(func() { over = true })
		defer token.End()
		defer p.cfg.Clock.Enter(life, task)()
		ctx, cancel := context.WithCancel(task.In(late.Request.Context()))
		defer cancel()
		defer context.AfterFunc(life, cancel)()
		late.Request = late.Request.WithContext(ctx)
		if late.API && p.cfg.RequestFaults.apiDown.Load() {
			late.Err = errUnreachable()
		} else {
			serve(late)
		}
		if life.Err() == nil {
			late.Ended = p.cfg.Clock.Now()
			p.tell(late)
		}
	})
	a.Await(ctx, func() bool { return over || a.Waits(name) })
}
