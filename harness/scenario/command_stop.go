package scenario

import "context"

// stopCommand stops a controller, as SIGTERM does.
//
//	stop controller
var stopCommand = Command{Name: "stop", Usage: "stop controller [N]", Parse: parseStop}

func parseStop(_ *Parser, a *Arguments) Action {
	a.Allow()
	n := namedController(a)
	return func(ctx context.Context, r *Run) error { return r.general().StopController(ctx, n) }
}
