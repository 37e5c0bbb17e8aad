package process

// open records an operation until it ends, for Stop, which resumes the work of the
// operations that it cancels. Whatever the operation waited for, its work is resumed
// after it.
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
