package scenario

import "context"

// startCommand starts a controller, or one of the control plane's programs that
// was killed.
//
//	start another controller
var startCommand = Command{
	Name:  "start",
	Usage: "start apiserver|etcd|[another] controller [dies=starting | sees=10s]",
	Parse: parseStart,
}

func parseStart(p *Parser, a *Arguments) Action {
	if program := program(a); program != "" {
		return func(ctx context.Context, r *Run) error { return r.general().StartProgram(ctx, program) }
	}
	a.Allow("dies", "sees")
	another := len(a.Names) > 0 && a.Names[0].Text == "another"
	if another {
		a.Names = a.Names[1:]
	}
	a.OneName("the word controller after it")
	switch {
	case len(a.Names) > 0 && a.Names[0].Text != "controller":
		a.Fail(a.Names[0], "the word controller")
	case len(p.alive) > 0 && !another:
		a.Fail(a.Command, "kill controller before this, since one is running; or start another controller")
	case len(p.alive) == 0 && another:
		a.Fail(a.Command, "start controller: none is running")
	}
	dies := Read(a, "dies", "", OneOf("starting")) != ""
	sees := Read(a, "sees", 0, ParseDuration)
	if len(a.Keys) > 1 {
		a.Fail(a.Keys[1], "either dies= or sees=")
	}
	p.born()
	if dies {
		p.died(p.starts)
	}
	return func(ctx context.Context, r *Run) error {
		r.started = true
		switch {
		case dies:
			return r.general().KillStarting(ctx)
		case a.Given("sees"):
			return r.general().StartStale(ctx, sees)
		}
		return r.general().StartController(ctx)
	}
}
