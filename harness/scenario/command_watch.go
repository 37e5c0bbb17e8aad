package scenario

import (
	"context"

	"example.com/edge-device-operator/harness/world"
)

// watchCommand takes a controller's watches down, or brings them back. Down holds back
// what they bring, which is quick; cut breaks them, and the controller's client has to
// find its way back as on any day.
//
// From a request on, nothing waits: the watch of whoever is about to send it is down then,
// up to another request, or for so long.
//
//	watch down from=press-01#3 to=press-01#7
var watchCommand = Command{
	Name:  "watch",
	Usage: "watch up|down|cut [controller=N] | watch down|cut from=NAME#N [to=NAME#N] [for=10s]",
	Parse: parseWatch,
}

// watchStates are the words after watch.
var watchStates = map[string]world.WatchState{"down": world.WatchHeld, "cut": world.WatchCut, "up": world.WatchUp}

func parseWatch(p *Parser, a *Arguments) Action {
	a.Allow("controller", "from", "to", "for")
	a.OneName("the word down, cut or up after it")
	if len(a.Names) == 0 {
		return nil
	}
	to, known := watchStates[a.Names[0].Text]
	if !known {
		a.Fail(a.Names[0], "the word down, cut or up")
	}
	n, window := given(a), world.Window{
		From: atRequest(p, a, "from"), To: atRequest(p, a, "to"), For: Read(a, "for", 0, parseLength), State: to,
	}
	switch {
	case window.From.Number == 0 && (a.Given("to") || a.Given("for")):
		a.Fail(a.Command, "from= with to= and for=")
	case window.From.Number == 0:
	case to == world.WatchUp:
		a.Fail(a.Names[0], "the word down or cut: it comes back by to= or for=")
	case n > 0:
		a.Fail(a.Values["controller"], "no controller: it is that of whichever comes to that request")
	case window.To.Number == 0 && window.For == 0:
		a.Fail(a.Command, "to= or for= with from=")
	case window.To.Object == window.From.Object && window.To.Number <= window.From.Number:
		a.Fail(a.Values["to"], "a later request than the one of from=")
	default:
		return allArmed(a, func(w *world.World) ([]world.Point, error) { return w.ArmWatch(window) })
	}
	return func(_ context.Context, r *Run) error { return r.general().SetWatch(n, to) }
}
