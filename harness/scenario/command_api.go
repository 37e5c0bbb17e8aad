package scenario

import "context"

// apiCommand cuts a controller off from the API server, or reconnects it.
//
//	api down controller=2
var apiCommand = Command{Name: "api", Usage: "api down|up [controller=N]", Parse: parseAPI}

func parseAPI(_ *Parser, a *Arguments) Action {
	n, up := upOrDown(a)
	return func(_ context.Context, r *Run) error { return r.general().SetAPI(n, up) }
}
