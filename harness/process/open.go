package process

// open keeps account of an operation while it is open, for Stop, which resumes the
// work of what it calls off. Whatever it waited for, its work goes on after it.
func (p *Process) open(c *call, next func(*call)) {
	p.mu.Lock()
	p.asking[c.Request] = c.task
	p.mu.Unlock()
	next(c)
	p.mu.Lock()
	delete(p.asking, c.Request)
	p.mu.Unlock()
	c.task.Resume()
}
