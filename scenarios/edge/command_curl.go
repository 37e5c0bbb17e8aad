package edge

import (
	"context"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/scenario"
)

// curlCommand sends a person's POST to devices.
//
//	curl burn press-01 image=fw:2
var curlCommand = scenario.Command{Name: "curl", Usage: "curl burn|reboot NAME… [image=IMAGE]", Parse: parseCurl}

func parseCurl(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	if len(a.Names) == 0 || a.Names[0].Text != "burn" && a.Names[0].Text != "reboot" {
		a.Fail(a.Command, "the word burn or reboot after it, and then names")
		return nil
	}
	burns := a.Names[0].Text == "burn"
	a.Names = a.Names[1:]
	if burns {
		a.Allow("image")
		a.Require("image", "image=IMAGE with it, such as image=fw:2")
	} else {
		a.Allow()
	}
	all, image := setupOf(p).deviceNames(a), scenario.Read(a, "image", "", devicesim.ParseImage)
	return func(ctx context.Context, r *scenario.Run) error {
		if err := r.CatchUp(ctx); err != nil {
			return err
		}
		for _, n := range all {
			if err := worldOf(r).AskByHand(n.Text, image); err != nil {
				return err
			}
		}
		return nil
	}
}
