package scenario

import "context"

// stopCommand ends a controller as SIGTERM would.
//
//	stop controller
var stopCommand = Command{Name: "stop", Usage: "stop controller [N]", Parse: parseStop}

func parseStop(p *Parser, a *Arguments) Action {
	a.Allow()
	n, named := p.namedController(a)
	if !named {
		n = p.which(a, a.Command, false)
	}
	p.died(n)
	return func(ctx context.Context, r *Run) error { return r.general().StopController(ctx, n) }
}
