package edge

import (
	"context"

	"example.com/edge-device-operator/harness/scenario"
)

// deleteCommand deletes DeviceDeployments.
//
//	delete press-01
var deleteCommand = scenario.Command{Name: "delete", Usage: "delete NAME…", Parse: parseDelete}

func parseDelete(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	a.Allow()
	s := setupOf(p)
	all := s.deployedNames(a)
	for _, n := range all {
		if s.held[n.Text] {
			s.deleting[n.Text] = true
			continue
		}
		delete(s.deployed, n.Text)
	}
	return func(ctx context.Context, r *scenario.Run) error {
		for _, n := range all {
			if err := worldOf(r).DeleteDeployment(ctx, n.Text); err != nil {
				return err
			}
		}
		return nil
	}
}
