package edge

import (
	"context"
	"errors"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/scenario"
)

// faultCommand adds a fault to devices. Its keys are the fields of a fault in a device's
// plan; devicesim defines and parses them. The fault is active from the present virtual
// time on; its ordinals and its own times count from the device's start.
//
//	fault press-01 of=burn nth=1 do=lose-answer
var faultCommand = scenario.Command{
	Name:  "fault",
	Usage: "fault NAME… of=KIND do=EFFECT [nth=N | every=N] [from=12s] [until=34s] [p=0.1] [FIELD=VALUE…] [maybe]",
	Maybe: true,
	Parse: parseFault,
}

func parseFault(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	all := setupOf(p).deviceNames(a)
	values := map[string]string{}
	for _, k := range a.Keys {
		values[k.Text] = a.Values[k.Text].Text
	}
	f, err := devicesim.ParseFault(values)
	if err != nil {
		a.Fail(blamed(a, err))
	}
	p.File.HoldsWorkers = p.File.HoldsWorkers || f.Waits()
	if f.MindsLooks() {
		for _, n := range all {
			setupOf(p).mindLooks[n.Text] = true
		}
	}
	return func(ctx context.Context, r *scenario.Run) error {
		if err := r.CatchUp(ctx); err != nil {
			return err
		}
		for _, n := range all {
			if err := worldOf(r).AddFault(n.Text, f); err != nil {
				return err
			}
			worldOf(r).planned(n.Text, a, a.Maybe() || f.P > 0)
		}
		return nil
	}
}

// blamed returns the word that an error of ParseFault is about, and what is expected in
// its place.
func blamed(a *scenario.Arguments, err error) (scenario.Word, string) {
	var wrong *devicesim.FieldError
	if !errors.As(err, &wrong) {
		return a.Command, err.Error()
	}
	for _, k := range a.Keys {
		switch k.Text {
		case wrong.Field:
			return a.Values[k.Text], wrong.Expected
		case wrong.Value:
			if wrong.Field == "" {
				return k, wrong.Expected
			}
		}
	}
	return a.Command, wrong.Field + "= with it: " + wrong.Expected
}
