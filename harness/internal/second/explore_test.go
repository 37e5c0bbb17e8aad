package second

import (
	"fmt"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// TestExplore finds the planted bug without being told of it, and nothing once it is
// mended.
func TestExplore(t *testing.T) {
	for _, mended := range []bool{false, true} {
		t.Run(fmt.Sprintf("mended %t", mended), func(t *testing.T) {
			l := scenario.ForOperator(Operator(Reconciler{Mended: mended}), world.Hooks{})
			r := testbed.Explore(t, l, "testdata/a-site-is-made-and-removed.txt", explore.Options{Audit: 6, Seed: 1})
			if len(r.Errors) > 0 || len(r.Inapplicable) > 0 {
				t.Error(strings.Join(append(r.Errors, r.Inapplicable...), "\n"))
			}
			if found := len(r.Violations) > 0; found == mended {
				t.Errorf("%d of %d runs broke something", len(r.Violations), r.Runs)
			}
			for _, v := range r.Violations {
				if v.Promise != world.Expected {
					t.Errorf("broken is %q:\n%s\n%s", v.Promise, v.Story, v.File)
				}
			}
		})
	}
}
