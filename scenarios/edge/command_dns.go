package edge

import (
	"context"

	"example.com/edge-device-operator/harness/scenario"
)

// dnsCommand removes devices' names from DNS, or adds them again.
//
//	dns down press-01
var dnsCommand = scenario.Command{Name: "dns", Usage: "dns down|up NAME…", Parse: parseDNS}

func parseDNS(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	a.Allow()
	if len(a.Names) == 0 || a.Names[0].Text != "down" && a.Names[0].Text != "up" {
		a.Fail(a.Command, "the word down or up after it, and then names")
		return nil
	}
	known := a.Names[0].Text == "up"
	a.Names = a.Names[1:]
	all := setupOf(p).deviceNames(a)
	return func(ctx context.Context, r *scenario.Run) error {
		if err := r.CatchUp(ctx); err != nil {
			return err
		}
		for _, n := range all {
			if err := worldOf(r).SetDNS(n.Text, known); err != nil {
				return err
			}
		}
		return nil
	}
}
