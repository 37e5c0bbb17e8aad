package process

// open keeps account of an operation while it is open, for Stop, which resumes the
// work of what it calls off. Whatever it waited for, its work goes on after it.
func (i *Process) open(c *call, next func(*call)) {
	i.mu.Lock()
	i.asking[c.Request] = c.task
	i.mu.Unlock()
	next(c)
	i.mu.Lock()
	delete(i.asking, c.Request)
	i.mu.Unlock()
	c.task.Resume()
}
