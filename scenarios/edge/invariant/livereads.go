package invariant

import "fmt"

// LiveReads is the invariant that the API server is asked no more than is needed.
type LiveReads struct{}

// Promise is the invariant in one sentence.
func (LiveReads) Promise() string {
	return "a controller reads past its cache only once it has observed the device, and then once, unless the cache may be stale, or the object is gone"
}

// Check counts such reads in each reconcile.
func (LiveReads) Check(e Evidence) *Breach {
	for _, r := range e.reconciles() {
		observed, reads := false, 0
		for _, o := range r {
			switch {
			case o.Kind == Health:
				observed = true
			case o.Kind != Read || o.Reconcile == 0 || e.staleDuring(r) || !e.isCurrent(o.Began):
			case !observed:
				return breach(o.Began, "no read past the cache before the device is observed", fmt.Sprintf("%s is one", o))
			default:
				if reads++; reads > 1 {
					return breach(o.Began, "one read past the cache in a reconcile", fmt.Sprintf("%s is another", o))
				}
			}
		}
	}
	return nil
}
