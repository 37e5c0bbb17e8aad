package process

import "context"

// order has an operation wait at the sequencer until it may go on. One that belongs to no
// task goes on at once: a map function and an operator's setup make such requests, and
// the world can't come to rest while it waits for a delivery or a start to end.
func (p *Process) order(c *call, next func(*call)) {
	ctx := c.Request.Context()
	if c.Object == mainTask {
		next(c)
		return
	}
	p.cfg.Sequencer.await(ctx, p.dead, p.waiter(ctx, func() string { return about(c.Request, p.cfg.Scheme) }))
	if p.isCutOff(c.Object) { // while others of its reconcile waited
		<-p.dead.Done()
	}
	switch {
	case p.dead.Err() != nil:
		c.Err = errKilled
	case ctx.Err() != nil:
		c.Err = ctx.Err()
	default:
		next(c)
	}
}

// waiter is a context's work at the sequencer, where it comes with what is about to be
// done.
func (p *Process) waiter(ctx context.Context, what func() string) *waiter {
	object := workIn(ctx)
	return &waiter{
		incarnation: p.cfg.Incarnation, object: object, what: what, task: p.task(object), fanned: p.fansOut(ctx), pass: make(chan struct{}),
	}
}
