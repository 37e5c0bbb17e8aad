package scenario

import (
	"context"
	"errors"

	"example.com/edge-device-operator/harness/world"
)

// startCommand starts a controller, or a program of the control plane that was killed.
// With at= nothing waits: another controller starts when that request is about to be sent.
//
//	start another controller
var startCommand = Command{
	Name:  "start",
	Usage: "start apiserver|etcd|[another] controller [dies=starting | sees=10s | at=NAME#N]",
	Parse: parseStart,
}

func parseStart(p *Parser, a *Arguments) Action {
	if program := program(a); program != "" {
		return func(ctx context.Context, r *Run) error { return r.general().StartProgram(ctx, program) }
	}
	a.Allow("at", "dies", "sees")
	another := len(a.Names) > 0 && a.Names[0].Text == "another"
	if another {
		a.Names = a.Names[1:]
	}
	a.OneName("the word controller, apiserver or etcd after it")
	if len(a.Names) > 0 && a.Names[0].Text != "controller" {
		a.Fail(a.Names[0], "the word controller")
	}
	dies := Read(a, "dies", "", OneOf("starting")) != ""
	sees := Read(a, "sees", 0, ParseDuration)
	at := atRequest(p, a, "at")
	switch {
	case len(a.Keys) > 1:
		a.Fail(a.Keys[1], "only one of at=, dies= and sees=")
	case at.Number > 0 && !another:
		a.Fail(a.Keys[0], "the word another before controller: whoever makes a request is running")
	case at.Number > 0:
		return armed(a, func(w *world.World) (world.Point, error) { return w.ArmStart(at) })
	}
	return func(ctx context.Context, r *Run) error {
		r.started = true
		switch runs := r.general().Running(); {
		case runs && !another:
			return errors.New("a controller is running: say kill controller before this, or start another controller")
		case !runs && another:
			return errors.New("no controller is running: say start controller")
		case dies:
			return r.general().KillStarting(ctx)
		case a.Given("sees"):
			return r.general().StartStale(ctx, sees)
		}
		return r.general().StartController(ctx)
	}
}
