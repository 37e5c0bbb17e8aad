package scenarios

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
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
	"example.com/edge-device-operator/operator/controller"
)

var rewrite = flag.Bool("rewrite", false, "write what happens into the scenario files")

func TestScenarios(t *testing.T) {
	deadline, ok := t.Deadline()
	if err := controlplane.RequireTime(deadline, ok); err != nil {
		t.Fatal(err)
	}
	RegisterFailHandler(Fail)
	RunSpecs(t, "Scenarios")
}

var session *Session

var _ = BeforeSuite(func(ctx SpecContext) {
	var err error
	session, err = Open(ctx, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
})

var _ = AfterSuite(func() {
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
	f, err := scenario.Parse(path, string(text))
	Expect(err).NotTo(HaveOccurred())
	return f
}

var _ = Describe("Each scenario happens as its file tells:", func() {
	for _, path := range files() {
		It(strings.TrimSuffix(path, extension), func(ctx SpecContext) {
			f := parse(path)
			res, err := session.Run(ctx, f, scenario.Options{})
			Expect(err).NotTo(HaveOccurred())
			if *rewrite {
				changed, err := f.Rewrite(res)
				Expect(err).NotTo(HaveOccurred())
				if changed {
					AddReportEntry("rewritten", path)
				}
				return
			}
			if err := f.Compare(res); err != nil {
				Fail(err.Error() + "If that is what should happen: go test ./scenarios -rewrite")
			}
		})
	}
})

var _ = Describe("Each scenario gives the same bytes at 1, 4 and 16 workers (or, where devices hold workers, at as many as there are objects and at twice that), twice each:", func() {
	for _, path := range files() {
		It(strings.TrimSuffix(path, extension), func(ctx SpecContext) {
			Expect(manifold(ctx, parse(path), nil)).To(Succeed())
		})
	}

	It("unless reconciles share a counter", func(ctx SpecContext) {
		var counter atomic.Int64
		planted := with(func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			var err error
			if b.phase() == v1.Transferring && counter.Add(1)%7 == 0 {
				// Once more than need be, which breaks no promise.
				err = b.Live.Get(ctx, client.ObjectKeyFromObject(b.object), &v1.DeviceDeployment{})
			}
			return reconcile.Result{}, err, err != nil
		})
		err := manifold(ctx, parse("twenty-at-once.txt"), planted)
		var difference *scenario.DifferenceError
		Expect(errors.As(err, &difference)).To(BeTrue(), "the counter went unnoticed: %v", err)
	})
})

// runsOf are the numbers of workers, one for each run, that must make no
// difference: each twice, but for the long files.
func runsOf(f *scenario.File) []int {
	switch {
	case f.About == longDay:
		return []int{4, 16}
	case f.HoldsWorkers:
		return []int{f.Objects, f.Objects, 2 * f.Objects, 2 * f.Objects}
	}
	return []int{1, 1, 4, 4, 16, 16}
}

// manifold runs a scenario again and again, and returns a DifferenceError for
// the first run whose whole trace is not that of the first.
func manifold(ctx context.Context, f *scenario.File, variant func(*controller.Reconciler) reconcile.Reconciler) error {
	var first string
	for n, workers := range runsOf(f) {
		res, err := session.Run(ctx, f, scenario.Options{FullTrace: true, World: world.Options{Workers: workers, Reconciler: variant}})
		if err != nil {
			return err
		}
		if n == 0 {
			first = res.Trace
		}
		if res.Trace != first {
			return &scenario.DifferenceError{
				Path: fmt.Sprintf("%s with %d workers", f.Path, runsOf(f)[0]),
				Diff: udiff.Unified("run 1", fmt.Sprintf("run %d, with %d workers", n+1, workers), first, res.Trace),
			}
		}
	}
	return nil
}
