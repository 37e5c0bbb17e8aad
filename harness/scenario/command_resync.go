package scenario

import "context"

// resyncCommand makes a controller's informers pass every object that they hold to its
// handlers again.
//
//	resync
var resyncCommand = Command{Name: "resync", Usage: "resync [controller=N]", Parse: parseResync}

func parseResync(_ *Parser, a *Arguments) Action {
	a.Allow("controller")
	if len(a.Names) > 0 {
		a.Fail(a.Names[0], "no word after resync")
	}
	n := given(a)
	return func(_ context.Context, r *Run) error { return r.general().Resync(n) }
}
