package scenarios

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aymanbagabas/go-udiff"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/scenarios/edge"
)

var rewrite = flag.Bool("rewrite", false, "write what happens into the scenario files")

// long labels specs that take minutes, and those that take seconds and are not about
// scenarios. "go test ./scenarios" leaves them out unless some specs are selected;
// "-ginkgo.label-filter=long" runs only them.
const long = "long"

// singledOut says whether only some specs are selected by name.
var singledOut bool

func TestScenarios(t *testing.T) {
	deadline, ok := t.Deadline()
	if err := controlplane.RequireTime(deadline, ok); err != nil {
		t.Fatal(err)
	}
	RegisterFailHandler(Fail)
	suite, reporter := GinkgoConfiguration()
	singledOut = len(suite.FocusStrings) > 0
	if suite.LabelFilter == "" && !singledOut {
		suite.LabelFilter = "!" + long
	}
	RunSpecs(t, "Scenarios", suite, reporter)
	for _, why := range failures {
		t.Log(why)
	}
}

// failures are what failed and why, so that it stands below all else that is printed.
var failures []string

var _ = ReportAfterSuite("what failed", func(r Report) {
	for _, spec := range r.SpecReports {
		if spec.Failed() {
			failures = append(failures, spec.FullText()+"\n"+spec.FailureMessage())
		}
	}
})

var session *Session

var _ = BeforeSuite(func(ctx SpecContext) {
	var err error
	session, err = Open(ctx, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
})

var _ = AfterSuite(func() {
	for _, end := range atEnd {
		end()
	}
	if session != nil {
		Expect(session.Close()).To(Succeed())
	}
})

// files are the scenario files in this folder.
func files() []string {
	paths, err := filepath.Glob("*" + extension)
	if err != nil || len(paths) == 0 {
		panic("no scenario files here")
	}
	return paths
}

func parse(path string) *scenario.File {
	GinkgoHelper()
	text, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	f, err := edge.Language.Parse(path, string(text))
	Expect(err).NotTo(HaveOccurred())
	return f
}

// run plays a file. Its error says how to replay it.
func run(ctx context.Context, f *scenario.File, o scenario.Options) (scenario.Result, error) {
	res, err := session.Run(ctx, f, o)
	return res, replayable(err, f, o)
}

// replayable adds the command that plays a file again to an error.
func replayable(err error, f *scenario.File, o scenario.Options) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w\n  replay it: go run ./cmd/%s", err, Replay(f, o))
}

// held fails a spec with an error's text and nothing else.
func held(err error) {
	GinkgoHelper()
	if err != nil {
		Fail(err.Error())
	}
}

// runStory plays a generated text, and writes it to a file if that fails.
func runStory(ctx context.Context, name, text string, o scenario.Options) (scenario.Result, error) {
	path := filepath.Join(os.TempDir(), name+extension)
	f, err := edge.Language.Parse(path, text)
	if err != nil {
		return scenario.Result{}, fmt.Errorf("%w\n%s", err, text)
	}
	o.MadeUp = true
	res, err := run(ctx, f, o)
	if err != nil {
		err = errors.Join(err, os.WriteFile(path, []byte(text), 0o600))
	}
	return res, err
}

// lengthOf returns the label for a file.
func lengthOf(path string) Labels {
	if f, err := Load(path); err == nil && f.About == longDay {
		return Label(long)
	}
	return nil
}

var _ = Describe("Each scenario happens as its file tells:", func() {
	played := &ahead{
		paths: slices.DeleteFunc(files(), func(path string) bool { return lengthOf(path) != nil }),
		play: func(ctx context.Context, f *scenario.File) (scenario.Result, error) {
			return run(ctx, f, scenario.Options{})
		},
	}
	for _, path := range files() {
		It(strings.TrimSuffix(path, extension), lengthOf(path), func(ctx SpecContext) {
			o := played.of(ctx, path)
			held(o.err)
			if *rewrite {
				changed, err := o.file.Rewrite(o.result)
				Expect(err).NotTo(HaveOccurred())
				if changed {
					AddReportEntry("rewritten", path)
				}
				return
			}
			if err := o.file.Compare(o.result); err != nil {
				Fail(replayable(err, o.file, scenario.Options{}).Error() + "\nIf that is what should happen: go test ./scenarios -rewrite")
			}
		})
	}
})

var _ = Describe("Each scenario gives the same bytes at 1, 4 and 16 workers (or, where devices hold workers, at as many as there are objects and at twice that), twice each:", Label(long), func() {
	played := &ahead{
		paths: files(),
		play: func(ctx context.Context, f *scenario.File) (scenario.Result, error) {
			return scenario.Result{}, manifold(ctx, f, nil)
		},
	}
	for _, path := range files() {
		It(strings.TrimSuffix(path, extension), func(ctx SpecContext) {
			held(played.of(ctx, path).err)
		})
	}

	It("and so it does with an order of two controllers that another seed draws", func(ctx SpecContext) {
		stories := map[string]bool{}
		for seed := range uint64(4) {
			for _, workers := range []int{1, 4, 16} {
				f := parse("two-controllers.txt")
				res, err := run(ctx, f, scenario.Options{FullTrace: true, World: world.Options{Workers: workers, Seed: f.Seed + seed}})
				held(err)
				stories[res.Trace] = true
			}
		}
		Expect(stories).To(HaveLen(4), "as many as there are seeds")
	})

	It("unless reconciles share a counter", func(ctx SpecContext) {
		err := manifold(ctx, parse("twenty-at-once.txt"), countedTogether())
		var difference *scenario.DifferenceError
		Expect(errors.As(err, &difference)).To(BeTrue(), "the counter went unnoticed: %v", err)
	})
})

// countedTogether is a reconciler that breaks no invariant, but shares a counter: each
// seventh reconcile that only looks at a device, whichever device that is, reads the
// object at its end for no reason.
func countedTogether() func(reconcile.Reconciler) reconcile.Reconciler {
	var counter atomic.Int64
	return with(func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
		key, live := client.ObjectKeyFromObject(b.object), &countingReader{Reader: b.Live}
		r := *b.Reconciler
		r.Live = live
		result, err := r.Reconcile(ctx, reconcile.Request{NamespacedName: key})
		if b.phase() == v1.Transferring && result.RequeueAfter > 0 && live.reads == 0 && counter.Add(1)%7 == 0 {
			err = b.Live.Get(ctx, key, &v1.DeviceDeployment{})
		}
		return result, err, true
	})
}

// countingReader counts the objects that are read through it.
type countingReader struct {
	client.Reader
	reads int
}

func (r *countingReader) Get(ctx context.Context, key client.ObjectKey, object client.Object, opts ...client.GetOption) error {
	r.reads++
	return r.Reader.Get(ctx, key, object, opts...)
}

// runsOf returns the numbers of workers that must make no difference, one per run: each
// twice, except for files that take long.
func runsOf(f *scenario.File) []int {
	switch {
	case f.About == longDay, f.Objects >= 50, f.KillsControlPlane:
		return []int{4, 16}
	case f.FixedWorkers() > 0:
		return []int{f.FixedWorkers(), f.FixedWorkers()}
	case f.HoldsWorkers:
		return []int{f.Objects, f.Objects, 2 * f.Objects, 2 * f.Objects}
	}
	return []int{1, 1, 4, 4, 16, 16}
}

// manifold plays a scenario several times, and returns a DifferenceError for the first
// run whose trace differs from that of the first.
func manifold(ctx context.Context, f *scenario.File, variant func(reconcile.Reconciler) reconcile.Reconciler) error {
	runs, err := sameBytes(ctx, f, runsOf(f), scenario.Options{World: world.Options{Reconciler: variant}})
	if err != nil {
		return err
	}
	for n, r := range runs {
		if r.ShortOfWorkers && f.FixedWorkers() == 0 {
			return fmt.Errorf("%s: with %d workers, an object had to wait for one", f.Path, runsOf(f)[n])
		}
	}
	return nil
}

// sameBytes plays a scenario with each of these numbers of workers, and returns a
// DifferenceError for the first run whose trace differs from that of an earlier run
// with which it must agree: one with as many workers, or, if no object had to wait for
// a worker, one in which none had to.
func sameBytes(ctx context.Context, f *scenario.File, workers []int, o scenario.Options) (runs []scenario.Result, err error) {
	for n := range workers {
		o.FullTrace, o.World.Workers = true, workers[n]
		res, err := run(ctx, f, o)
		if err != nil {
			return runs, err
		}
		for m, earlier := range runs {
			if res.Trace == earlier.Trace || workers[m] != workers[n] && (res.ShortOfWorkers || earlier.ShortOfWorkers) {
				continue
			}
			return runs, replayable(&scenario.DifferenceError{
				Path: fmt.Sprintf("%s with %d workers", f.Path, workers[m]),
				Diff: udiff.Unified(fmt.Sprintf("run %d", m+1), fmt.Sprintf("run %d, with %d workers", n+1, workers[n]), earlier.Trace, res.Trace),
			}, f, o)
		}
		runs = append(runs, res)
	}
	return runs, nil
}
