package scenario

import (
	"context"

	"example.com/edge-device-operator/harness/world"
)

// watchCommand takes a controller's watches down, or brings them back. Down holds back
// what they bring, which is quick; cut breaks them, and the controller's client has to
// find its way back as on any day.
//
//	watch down
var watchCommand = Command{Name: "watch", Usage: "watch down|cut|up [controller=N]", Parse: parseWatch}

// watchStates are the words after watch.
var watchStates = map[string]world.WatchState{"down": world.WatchHeld, "cut": world.WatchCut, "up": world.WatchUp}

func parseWatch(_ *Parser, a *Arguments) Action {
	a.Allow("controller")
	a.OneName("the word down, cut or up after it")
	if len(a.Names) == 0 {
		return nil
	}
	to, known := watchStates[a.Names[0].Text]
	if !known {
		a.Fail(a.Names[0], "the word down, cut or up")
	}
	n := given(a)
	return func(_ context.Context, r *Run) error { return r.general().SetWatch(n, to) }
}
