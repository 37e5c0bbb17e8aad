package scenario

import "context"

// watchCommand breaks a controller's watches, or lets them reconnect.
//
//	watch down
var watchCommand = Command{Name: "watch", Usage: "watch down|up [controller=N]", Parse: parseWatch}

func parseWatch(_ *Parser, a *Arguments) Action {
	n, up := upOrDown(a)
	return func(_ context.Context, r *Run) error { return r.general().SetWatch(n, up) }
}
