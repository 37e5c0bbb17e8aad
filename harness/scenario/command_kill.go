package scenario

import (
	"context"

	"example.com/edge-device-operator/harness/process"
)

// killCommand kills a controller as SIGKILL would: now, at a time, or before or
// after one of its requests; or one of the control plane's programs.
//
//	kill controller before=press-01#7
var killCommand = Command{
	Name:  "kill",
	Usage: "kill apiserver|etcd|controller [N] [at=12s | before=NAME#N | after=NAME#N | while=stopping]",
	Parse: parseKill,
}

func parseKill(p *Parser, a *Arguments) Action {
	if program := program(a); program != "" {
		p.File.KillsControlPlane = true
		return func(ctx context.Context, r *Run) error {
			// Or how far a controller's start has come would be chance.
			if err := r.general().Settle(ctx); err != nil {
				return err
			}
			return r.general().KillProgram(program)
		}
	}
	a.Allow("at", "before", "after", "while")
	n := namedController(a)
	if len(a.Keys) > 1 {
		a.Fail(a.Keys[1], "only one of at=, before=, after= and while=")
	}
	at := Read(a, "at", 0, ParseDuration)
	point := process.CrashPoint{Side: process.Before, Operation: Read(a, "before", process.Operation{}, parseOperation)}
	if a.Given("after") {
		point = process.CrashPoint{Side: process.After, Operation: Read(a, "after", process.Operation{}, parseOperation)}
	}
	stopping := Read(a, "while", "", OneOf("stopping")) != ""
	switch expected := p.Setup.Expected(point.Object); {
	case point.Number > 0 && expected != "":
		a.Fail(a.Values[a.Keys[0].Text], expected)
	case point.Number > 0 && n > 0:
		a.Fail(a.Names[1], "no number: whichever controller comes to that request is killed")
	}
	if point.Number > 0 {
		p.File.Tied = true
		p.arm = func(r *Run) error { return r.general().KillAt(point) }
	}
	return func(ctx context.Context, r *Run) error {
		w := r.general()
		switch {
		case point.Number > 0:
			return w.RunUntilCrash(ctx, point)
		case stopping:
			return w.KillStopping(ctx, n)
		case a.Given("at"):
			if err := w.RunUntil(ctx, at); err != nil {
				return err
			}
		}
		return w.KillController(n)
	}
}
