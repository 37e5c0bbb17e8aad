package scenario

import (
	"context"
	"regexp"
	"strconv"

	"sigs.k8s.io/yaml"
)

// expectCommand holds the world to what is to be there: objects, with at least the
// fields that stand under the line; or none.
//
//	expect configmap/web-page
//	| data: {motto: hello}
//	expect secret/web-credentials absent
var expectCommand = Command{
	Name: "expect", Usage: "expect KIND/NAME… [absent | count=3] (and under it fields in YAML, each line behind a |)",
	Text: true, Bare: true, Parse: parseExpect,
}

func parseExpect(_ *Parser, a *Arguments) Action {
	a.Allow("count")
	count := Read(a, "count", -1, strconv.Atoi)
	absent := len(a.Names) > 1 && a.Names[len(a.Names)-1].Text == "absent"
	if absent {
		a.Names = a.Names[:len(a.Names)-1]
	}
	refs := readNamed(a, expectedName)
	var fields map[string]any
	if err := yaml.UnmarshalStrict([]byte(a.Text), &fields); err != nil {
		a.FailText(err)
	}
	switch {
	case absent && len(fields) > 0:
		a.Fail(a.Command, "no text under it: what is absent has no fields")
	case absent && len(a.Keys) > 0:
		a.Fail(a.Keys[0], "either absent or count=")
	case absent:
		count = 0
	case len(a.Keys) > 0 && count < 1:
		a.Fail(a.Values[a.Keys[0].Text], "a number from 1 on, or absent instead")
	}
	return func(_ context.Context, r *Run) error {
		for _, ref := range refs {
			kind, err := r.general().Kind(ref.kind)
			if err != nil {
				return err
			}
			if err := r.general().Expect(kind.GroupKind(), ref.name, count, fields); err != nil {
				return err
			}
		}
		return nil
	}
}

// expectedName is objectName, with * for the part that the API server made up of names
// such as job-*.
var expectedName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.*-]{0,251}[a-z0-9*])?$`)
