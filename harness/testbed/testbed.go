// Package testbed plays the scenario files of an operator in its Go tests:
//
//	func TestMain(m *testing.M) { testbed.Main(m) }
//
//	func TestScenarios(t *testing.T) {
//		testbed.Play(t, scenario.ForOperator(operator, world.Hooks{}), "testdata/*.txt")
//	}
//
// "go test -rewrite" writes what happens into the files.
package testbed

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-logr/logr"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/timeline"
	"example.com/edge-device-operator/harness/world"
)

var rewrite = flag.Bool("rewrite", false, "write what happens into the scenario files; the diff is the review")

// plane is the control plane of this process's tests, once Main has started it.
var plane *controlplane.ControlPlane

// Main starts kube-apiserver and etcd with the operator's CRDs, and downloads or builds
// the two first if necessary; then it runs the tests and exits.
func Main(m *testing.M, crds ...*apiextensionsv1.CustomResourceDefinition) {
	os.Exit(run(m, crds))
}

func run(m *testing.M, crds []*apiextensionsv1.CustomResourceDefinition) (code int) {
	// A controller gets the logger of its world. Without a global one,
	// controller-runtime logs a complaint.
	log.SetLogger(logr.Discard())
	ctx := context.Background()
	assets, err := controlplane.Binaries(ctx, os.Stderr)
	if err == nil {
		plane, err = controlplane.Start(ctx, controlplane.Options{Assets: assets, CRDs: crds})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := plane.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	return m.Run()
}

// Plane returns the control plane that Main has started.
func Plane() *controlplane.ControlPlane { return plane }

// Settle is a world's Options.Settle that gives up after world.SettleLimit.
var Settle = world.SettleWithin(world.SettleLimit)

// Play plays each scenario file that matches a pattern, as in path.Match, in a world of
// its own. Each is a test with the file's name, which fails if what happens differs
// from the file.
func Play(t *testing.T, l *scenario.Language, pattern string) {
	t.Helper()
	for _, f := range files(t, l, pattern) {
		t.Run(f.Name(), func(t *testing.T) { play(t, f) })
	}
}

// files are the scenario files that match a pattern.
func files(t *testing.T, l *scenario.Language, pattern string) (all []*scenario.File) {
	t.Helper()
	if plane == nil {
		t.Fatal("no control plane runs: TestMain has to call testbed.Main")
	}
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	if len(paths) == 0 {
		t.Fatalf("no scenario file matches %s", pattern)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := l.Parse(path, string(text))
		if err != nil {
			t.Error(err)
			continue
		}
		all = append(all, f)
	}
	return all
}

func play(t *testing.T, f *scenario.File) {
	var o scenario.Options
	o.World.REST, o.World.ControlPlane, o.World.Settle = plane.Config(), plane, Settle
	o.FullTrace, o.World.Stored = true, true
	res, err := f.Run(t.Context(), o)
	if err != nil {
		t.Errorf("%v\n%s", err, res.Output)
		draw(t, f, res, err)
		return
	}
	for _, m := range res.Moved {
		t.Log(m)
	}
	for _, note := range res.Notes {
		t.Log(note)
	}
	if !*rewrite {
		if err := f.Compare(res); err != nil {
			t.Errorf("%v\nIf that is what should happen: go test -rewrite", err)
			draw(t, f, res, err)
		}
	} else if changed, err := f.Rewrite(res); err != nil {
		t.Error(err)
	} else if changed {
		t.Logf("%s rewritten", f.Path)
	}
}

// draw writes the page of a run that failed, and says where.
func draw(t *testing.T, f *scenario.File, res scenario.Result, failure error) {
	path, err := timeline.WriteFile("", timeline.NewRun(f, res, failure), timeline.Words{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("look at it: %s", path)
}
