package edge

import (
	"context"
	"regexp"
	"time"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/scenario"
)

// deviceCommand adds devices to the world.
//
//	device press-{01..20} transfer=20s..40s
var deviceCommand = scenario.Command{
	Name:  "device",
	Usage: "device NAME… [running=IMAGE] [transfer=30s|20s..40s] [reboot=15s] [breaks=1st@40%|every@40%]",
	Parse: parseDevice,
}

var deviceName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func parseDevice(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	a.Allow("running", "transfer", "reboot", "breaks")
	all, devices := names(a), setupOf(p).devices
	for _, n := range all {
		if !deviceName.MatchString(n.Text) {
			a.Fail(n, "a device's name: lower-case letters, digits and dashes, at most 63")
		}
		if devices[n.Text] {
			a.Fail(n, "a name that no other device has")
		}
		devices[n.Text] = true
	}
	seconds := func(n time.Duration) devicesim.Range {
		return devicesim.Range{Min: n * time.Second, Max: n * time.Second}
	}
	running := scenario.Read(a, "running", "fw:1", devicesim.ParseImage)
	plan := devicesim.Plan{
		Transfer: scenario.Read(a, "transfer", seconds(30), devicesim.ParseRange),
		Reboot:   scenario.Read(a, "reboot", seconds(15), devicesim.ParseRange),
		Faults:   scenario.Read(a, "breaks", nil, devicesim.ParseBreaks),
	}
	return func(_ context.Context, r *scenario.Run) error {
		for _, n := range all {
			if err := worldOf(r).AddDevice(n.Text, running, plan); err != nil {
				return err
			}
			for range plan.Faults {
				worldOf(r).planned(n.Text, a, false)
			}
		}
		return nil
	}
}
