package testbed

import (
	"context"
	"runtime"
	"testing"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
)

// Explore plays each scenario file that matches a pattern, as path.Match has it, with
// every single fault, and returns what was found. The options may be the zero ones.
func Explore(t *testing.T, l *scenario.Language, pattern string, o explore.Options) explore.Report {
	t.Helper()
	o.Files = files(t, l, pattern)
	o.Language = l
	if o.Play == nil {
		o.Play = func(ctx context.Context, f *scenario.File, options scenario.Options) (scenario.Result, error) {
			options.World.REST, options.World.ControlPlane, options.World.Settle = plane.Config(), plane, Settle
			return f.Run(ctx, options)
		}
	}
	if o.Width == 0 {
		o.Width = runtime.GOMAXPROCS(0) + 1
	}
	r, err := explore.Explore(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
