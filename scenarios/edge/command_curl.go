package edge

import (
	"context"
	"errors"
	"strings"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/scenario"
)

// curlCommand sends a person's POST to devices. In a key, {uid} is that of the
// DeviceDeployment with the device's name.
//
//	curl burn press-01 image=fw:2 key={uid}/1/2
var curlCommand = scenario.Command{Name: "curl", Usage: "curl burn|reboot NAME… [image=IMAGE] [key=KEY]", Parse: parseCurl}

func parseCurl(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	if len(a.Names) == 0 || a.Names[0].Text != "burn" && a.Names[0].Text != "reboot" {
		a.Fail(a.Command, "the word burn or reboot after it, and then names")
		return nil
	}
	burns := a.Names[0].Text == "burn"
	a.Names = a.Names[1:]
	if burns {
		a.Allow("image", "key")
		a.Require("image", "image=IMAGE with it, such as image=fw:2")
	} else {
		a.Allow()
	}
	all, image := setupOf(p).deviceNames(a), scenario.Read(a, "image", "", devicesim.ParseImage)
	key := scenario.Read(a, "key", "", parseKey)
	return func(ctx context.Context, r *scenario.Run) error {
		if err := r.CatchUp(ctx); err != nil {
			return err
		}
		for _, n := range all {
			if err := worldOf(r).AskByHand(ctx, n.Text, image, key); err != nil {
				return err
			}
		}
		return nil
	}
}

// parseKey parses a key, which a device takes if it is short enough.
func parseKey(s string) (string, error) {
	if s == "" || len(s) > 400 || strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", errors.New("a key of printable ASCII, of at most 400 characters")
	}
	return s, nil
}
