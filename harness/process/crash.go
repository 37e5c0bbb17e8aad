package process

import "errors"

// crash cuts off the work of an operation if a kill is due before or after it.
func (p *Process) crash(c *call, next func(*call)) {
	if p.cfg.Operations.crashes(p.cfg.Incarnation, c.Operation, Before) {
		p.cutOff(c)
		return
	}
	next(c)
	if !errors.Is(c.Err, errKilled) && p.cfg.Operations.crashes(p.cfg.Incarnation, c.Operation, After) {
		p.cutOff(c)
	}
}

// cutOff cuts off the work of an operation, and returns when the process is dead.
func (p *Process) cutOff(c *call) {
	p.cut(c.Object)
	c.token.End()
	<-p.dead.Done()
	c.written, c.Err = nil, errKilled
}
