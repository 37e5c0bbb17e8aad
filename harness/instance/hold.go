package instance

// hold keeps an answer until every handler that should hear of what was written
// has: so what the reconcile reads from its cache next is no chance.
func (i *Instance) hold(c *call, next func(*call)) {
	next(c)
	i.cfg.Freshness.Await(i.dead, c.written...)
}
