package scenario

import (
	"context"

	"sigs.k8s.io/yaml"
)

// expectCommand holds the world to what is to be there: objects, with at least the
// fields that stand under the line; or none.
//
//	expect configmap/web-page
//	| data: {motto: hello}
//	expect secret/web-credentials absent
var expectCommand = Command{
	Name: "expect", Usage: "expect KIND/NAME… [absent] (and under it fields in YAML, each line behind a |)",
	Text: true, Bare: true, Parse: parseExpect,
}

func parseExpect(_ *Parser, a *Arguments) Action {
	a.Allow()
	absent := len(a.Names) > 1 && a.Names[len(a.Names)-1].Text == "absent"
	if absent {
		a.Names = a.Names[:len(a.Names)-1]
	}
	refs := readRefs(a)
	var fields map[string]any
	if err := yaml.UnmarshalStrict([]byte(a.Text), &fields); err != nil {
		a.FailText(err)
	}
	if absent && len(fields) > 0 {
		a.Fail(a.Command, "no text under it: what is absent has no fields")
	}
	return func(_ context.Context, r *Run) error {
		for _, ref := range refs {
			kind, err := r.general().Kind(ref.kind)
			if err != nil {
				return err
			}
			if err := r.general().Expect(kind.GroupKind(), ref.name, absent, fields); err != nil {
				return err
			}
		}
		return nil
	}
}
