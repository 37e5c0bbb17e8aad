package edge

import (
	"context"

	"example.com/edge-device-operator/harness/scenario"
)

// finalizerCommand adds a finalizer to DeviceDeployments, or removes it.
//
//	finalizer add press-01
var finalizerCommand = scenario.Command{Name: "finalizer", Usage: "finalizer add|remove NAME…", Parse: parseFinalizer}

func parseFinalizer(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	a.Allow()
	add := len(a.Names) > 0 && a.Names[0].Text == "add"
	if !add && (len(a.Names) == 0 || a.Names[0].Text != "remove") {
		a.Fail(a.Command, "the word add or remove after it, and then names")
		return nil
	}
	a.Names = a.Names[1:]
	s := setupOf(p)
	all := s.deployedNames(a)
	for _, n := range all {
		switch {
		case add && s.held[n.Text]:
			a.Fail(n, "an object without a finalizer")
		case !add && !s.held[n.Text]:
			a.Fail(n, "an object that finalizer add was said of")
		case s.deleting[n.Text]:
			delete(s.deployed, n.Text)
			delete(s.deleting, n.Text)
		}
		s.held[n.Text] = add
	}
	return func(ctx context.Context, r *scenario.Run) error {
		for _, n := range all {
			if err := worldOf(r).SetFinalizer(ctx, n.Text, add); err != nil {
				return err
			}
		}
		return nil
	}
}
