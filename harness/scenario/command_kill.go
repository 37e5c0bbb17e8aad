package scenario

import (
	"context"
	"slices"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
)

// killCommand kills a controller as SIGKILL would: now, at a time, or before or
// after one of its requests; or one of the control plane's programs. With restart=
// nothing waits for that request: whoever comes to it is killed, and another
// controller starts so much later.
//
//	kill controller before=press-01#7
//	kill controller after=press-01#7 restart=10s
var killCommand = Command{
	Name:  "kill",
	Usage: "kill apiserver|etcd|controller [N] [at=12s | before=NAME#N [restart=10s] | after=NAME#N [restart=10s] | while=stopping]",
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
	a.Allow("at", "before", "after", "while", "restart")
	n := namedController(a)
	restart, when := Read(a, "restart", 0, ParseDuration), slices.DeleteFunc(slices.Clone(a.Keys), func(k Word) bool { return k.Text == "restart" })
	if len(when) > 1 {
		a.Fail(when[1], "only one of at=, before=, after= and while=")
	}
	at := Read(a, "at", 0, ParseDuration)
	point := process.CrashPoint{Side: process.Before, Operation: Read(a, "before", process.Operation{}, parseOperation)}
	if a.Given("after") {
		point = process.CrashPoint{Side: process.After, Operation: Read(a, "after", process.Operation{}, parseOperation)}
	}
	stopping := Read(a, "while", "", OneOf("stopping")) != ""
	switch expected := p.expectedName(point.Object); {
	case point.Number > 0 && expected != "":
		a.Fail(a.Values[when[0].Text], expected)
	case point.Number == 0 && a.Given("restart"):
		a.Fail(a.Command, "before= or after= with restart=")
	case point.Number > 0 && n > 0:
		a.Fail(a.Names[1], "no number: whichever controller comes to that request is killed")
	}
	if point.Number > 0 {
		p.File.Tied = true
	}
	if a.Given("restart") {
		if p.kills[point] {
			a.Fail(a.Command, "each crash point only once")
		}
		p.kills[point] = true
		return armed(a, func(w *world.World) (world.Point, error) { return w.ArmKill(point, restart) })
	}
	if point.Number > 0 {
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
