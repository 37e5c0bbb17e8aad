package edge

import (
	"context"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
)

// editCommand changes specs.
//
//	edit press-01 image=fw:3
var editCommand = scenario.Command{
	Name:  "edit",
	Usage: "edit NAME… [image=IMAGE] [maxAttempts=3] [backoffSeconds=10] [concurrencyHint=N]",
	Parse: parseEdit,
}

func parseEdit(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	allowSpec(a)
	all := setupOf(p).deployedNames(a)
	if len(a.Keys) == 0 {
		a.Fail(a.Command, "what changes after the names, such as image=fw:3")
	}
	var what []trace.Field
	for _, k := range a.Keys {
		what = append(what, trace.String(k.Text, a.Values[k.Text].Text))
	}
	edit := parseSpec(a)
	return func(ctx context.Context, r *scenario.Run) error {
		for _, n := range all {
			if err := worldOf(r).Edit(ctx, n.Text, what, edit); err != nil {
				return err
			}
		}
		return nil
	}
}
