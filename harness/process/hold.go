package process

// hold keeps an answer until every handler that should hear of what was written
// has: so what the reconcile reads from its cache next is no chance.
func (p *Process) hold(c *call, next func(*call)) {
	next(c)
	p.cfg.SyncTracker.Await(p.dead, c.written...)
}
