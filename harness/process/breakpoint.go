package process

import "example.com/edge-device-operator/harness/virtualtime"

// breakpoint is where an operation waits that is about to be sent.
type breakpoint struct {
	incarnation int // that has reached it, 0 if none has
	task        virtualtime.Task
	pass        chan struct{}
}

// BreakAt has an operation wait when it is about to be sent, until Pass. It returns an
// error if the operation has already been made.
func (o *Operations) BreakAt(op Operation) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.made(op); err != nil {
		return err
	}
	if o.breaks[op] == nil {
		o.breaks[op] = &breakpoint{pass: make(chan struct{})}
	}
	return nil
}

// Waits returns the incarnation whose operation waits to be sent, 0 if it doesn't.
func (o *Operations) Waits(op Operation) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	if b := o.breaks[op]; b != nil {
		return b.incarnation
	}
	return 0
}

// Pass lets such an operation go on.
func (o *Operations) Pass(op Operation) {
	o.mu.Lock()
	b := o.breaks[op]
	delete(o.breaks, op)
	o.mu.Unlock()
	if b != nil && b.incarnation > 0 {
		b.task.Unpark() // and not Resume: the request may have to wait again
		close(b.pass)
	}
}

// reaches notes that a controller has come to an operation, and returns its breakpoint,
// nil if there is none.
func (o *Operations) reaches(incarnation int, op Operation, task virtualtime.Task) *breakpoint {
	o.mu.Lock()
	defer o.mu.Unlock()
	b := o.breaks[op]
	if b != nil {
		b.incarnation, b.task = incarnation, task
	}
	return b
}

// pause has an operation wait at its breakpoint.
func (p *Process) pause(c *call, next func(*call)) {
	if b := p.cfg.Operations.reaches(p.cfg.Incarnation, c.Operation, c.task); b != nil {
		c.task.Park()
		select {
		case <-b.pass:
		case <-p.dead.Done():
			c.Err = errKilled
			return
		}
	}
	next(c)
}
