package process

import "errors"

// crash cuts an operation's work off where a kill is due before it, or after it.
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

// cutOff takes an operation's work out of its controller's hands, and returns when
// the process is dead.
func (p *Process) cutOff(c *call) {
	p.cut(c.Object)
	c.token.End()
	<-p.dead.Done()
	c.written, c.Err = nil, errKilled
}
