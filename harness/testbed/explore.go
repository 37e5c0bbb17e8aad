package testbed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
)

// Explore plays each scenario file that matches a pattern, as path.Match has it, with
// every single fault, and returns what was found. The options may be the zero ones.
func Explore(t *testing.T, l *scenario.Language, pattern string, o explore.Options) explore.Report {
	t.Helper()
	r, err := exploreUntil(t.Context(), t, l, pattern, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// exploreUntil explores until the context ends. The error says why it wasn't done to the
// end; the report goes up to there.
func exploreUntil(ctx context.Context, t *testing.T, l *scenario.Language, pattern string, o explore.Options) (explore.Report, error) {
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
	return explore.Explore(ctx, o)
}

// errLate is why an exploration ends before its test's time is up, which would end the
// process, and nothing would be known.
var errLate = errors.New("the time of this test is nearly up; give it more with -timeout, or take fewer runs")

// toReport is the time that is left for what comes after an exploration.
const toReport = 20 * time.Second

// ExploreAndReport explores as Explore does, tells how far it is, prints what it has found
// and how fast, and fails the test if it has found anything. What it has found is left in a
// new temporary folder, which it names: the files that Play plays, and a page for each. It
// ends before the test's time is up, and then reports what is known.
func ExploreAndReport(t *testing.T, l *scenario.Language, pattern string, o explore.Options) {
	t.Helper()
	o.Progress = func(done, total, violations int) {
		if done%25 == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d runs, %d violations\n", done, total, violations)
		}
	}
	ctx := t.Context()
	if deadline, limited := t.Deadline(); limited {
		late, cancel := context.WithDeadlineCause(ctx, deadline.Add(-toReport), errLate)
		defer cancel()
		ctx = late
	}
	began := time.Now()
	r, err := exploreUntil(ctx, t, l, pattern, o)
	if err != nil {
		t.Error(err)
	}
	if err := r.WriteText(os.Stdout); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%.1f runs/s\n", float64(r.Runs)/time.Since(began).Seconds())
	if len(r.Groups) > 0 {
		folder, err := os.MkdirTemp("", "explore-")
		if err == nil {
			err = r.WriteFiles(folder)
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("written to %s\n", folder)
	}
	if len(r.Violations)+len(r.Errors) > 0 {
		t.Errorf("%d violations, and %d errors of the testbed's own", len(r.Violations), len(r.Errors))
	}
}
