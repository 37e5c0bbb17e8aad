package scenario

import "context"

// resyncCommand has a controller's informers hand out once more all that they hold.
//
//	resync
var resyncCommand = Command{Name: "resync", Usage: "resync [controller=N]", Parse: parseResync}

func parseResync(p *Parser, a *Arguments) Action {
	a.Allow("controller")
	if len(a.Names) > 0 {
		a.Fail(a.Names[0], "no word after resync")
	}
	named, given := a.Values["controller"]
	n := p.which(a, named, given)
	return func(_ context.Context, r *Run) error { return r.general().Resync(n) }
}
