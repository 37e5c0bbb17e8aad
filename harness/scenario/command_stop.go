package scenario

import (
	"context"
	"time"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
)

// stopCommand stops a controller, as SIGTERM does: now, or when one of its requests is
// about to be sent. With restart= nothing waits for that request, and another controller
// starts so much later.
//
//	stop controller at=press-01#7 restart=10s
var stopCommand = Command{Name: "stop", Usage: "stop controller [N] [at=NAME#N [restart=10s]]", Parse: parseStop}

func parseStop(p *Parser, a *Arguments) Action {
	a.Allow("at", "restart")
	n := namedController(a)
	op := atRequest(p, a, "at")
	restart := Read(a, "restart", time.Duration(0), ParseDuration)
	switch {
	case op.Number == 0 && a.Given("restart"):
		a.Fail(a.Command, "at= with restart=")
	case op.Number > 0 && n > 0:
		a.Fail(a.Names[1], "no number: whichever controller comes to that request is stopped")
	case op.Number == 0:
		return func(ctx context.Context, r *Run) error { return r.general().StopController(ctx, n) }
	case a.Given("restart"):
		return armed(a, func(w *world.World) (world.Point, error) { return w.ArmStop(op, true, restart) })
	}
	var point world.Point
	p.arm = func(r *Run) (err error) {
		point, err = r.general().ArmStop(op, false, 0)
		return err
	}
	return func(ctx context.Context, r *Run) error { return r.general().RunUntilStopped(ctx, point) }
}

// atRequest reads the request that a key names at which something is to come about, zero
// if the key isn't given. That is armed, and only once.
func atRequest(p *Parser, a *Arguments, key string) process.Operation {
	op := Read(a, key, process.Operation{}, parseOperation)
	if op.Number == 0 {
		return op
	}
	p.File.Tied = true
	at := world.Point{Command: a.Command.Text + " " + key, Name: a.Values[key].Text}
	switch expected := p.expectedName(op.Object); {
	case expected != "":
		a.Fail(a.Values[key], expected)
	case p.points[at]:
		a.Fail(a.Values[key], "each request only once")
	}
	p.points[at] = true
	return op
}

// armed arms something when its command's turn comes.
func armed(a *Arguments, arm func(*world.World) (world.Point, error)) Action {
	return allArmed(a, func(w *world.World) ([]world.Point, error) {
		p, err := arm(w)
		return []world.Point{p}, err
	})
}

// allArmed is armed for several points.
func allArmed(a *Arguments, arm func(*world.World) ([]world.Point, error)) Action {
	return func(_ context.Context, r *Run) error {
		points, err := arm(r.general())
		for _, p := range points {
			r.armed[p] = a.Line
		}
		return err
	}
}
