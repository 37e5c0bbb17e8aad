package process

import "errors"

// crash cuts an operation's work off where a kill is due before it, or after it.
func (i *Process) crash(c *call, next func(*call)) {
	if i.cfg.Operations.crashes(i.cfg.Incarnation, c.Operation, Before) {
		i.cutOff(c)
		return
	}
	next(c)
	if !errors.Is(c.Err, errKilled) && i.cfg.Operations.crashes(i.cfg.Incarnation, c.Operation, After) {
		i.cutOff(c)
	}
}

// cutOff takes an operation's work out of its controller's hands, and returns when
// the process is dead.
func (i *Process) cutOff(c *call) {
	i.cut(c.Object)
	c.token.End()
	<-i.dead.Done()
	c.written, c.Err = nil, errKilled
}
