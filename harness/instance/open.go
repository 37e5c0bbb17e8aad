package instance

// open keeps account of an operation while it is open, for Stop, which resumes the
// work of what it calls off. Whatever it waited for, its work goes on after it.
func (i *Instance) open(c *call, next func(*call)) {
	i.mu.Lock()
	i.asking[c.Request] = c.owner
	i.mu.Unlock()
	next(c)
	i.mu.Lock()
	delete(i.asking, c.Request)
	i.mu.Unlock()
	c.owner.Resume()
}
