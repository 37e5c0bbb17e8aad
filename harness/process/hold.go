package process

// hold holds an answer until every handler that has to hear of the write has heard of
// it. So what the reconcile reads from its cache next doesn't depend on chance.
func (p *Process) hold(c *call, next func(*call)) {
	next(c)
	p.cfg.SyncTracker.Await(p.dead, c.written...)
}
