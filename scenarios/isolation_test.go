package scenarios

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/aymanbagabas/go-udiff"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/scenarios/edge"
)

// Nothing of one object changes when another's fate does: what happens to it
// among others is, line by line, what happens to it alone. Of a file with many
// objects, the file's seed draws five.
var _ = Describe("Each object fares as it would alone:", Label(long), func() {
	for _, path := range files() {
		f, err := Load(path)
		if err != nil || f.Tied || f.Objects < 2 {
			continue
		}
		It(f.Name(), func(ctx SpecContext) { held(isolated(ctx, path, world.Options{Workers: f.Workers()})) })
	}

	It("unless reconciles share a counter", func(ctx SpecContext) {
		err := isolated(ctx, "fifty-at-once.txt", world.Options{Workers: 1, Reconciler: countedTogether()})
		var difference *scenario.DifferenceError
		Expect(errors.As(err, &difference)).To(BeTrue(), "the counter went unnoticed: %v", err)
	})
})

// isolated plays a file as it is, and for some of its objects as if it were the
// only one, and returns a *scenario.DifferenceError for the first whose trace
// isn't the same.
func isolated(ctx context.Context, path string, o world.Options) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f, err := edge.Language.Parse(path, string(text))
	if err != nil {
		return err
	}
	options := scenario.Options{FullTrace: true, World: o}
	together, err := run(ctx, f, options)
	if err != nil {
		return err
	}
	names := drawn(objectsOf(together.Events), f.Seed)
	results, stop := SideBySide(ctx, *width, names, func(ctx context.Context, name string) error {
		alone, err := edge.Language.ParseAlone(path, string(text), name)
		if err != nil {
			return err
		}
		res, err := run(ctx, alone, options)
		if err != nil {
			return err
		}
		// A world is over when all rollouts are: devices go on a little longer.
		among, by := linesOf(together.Events, name, res.Virtual), linesOf(res.Events, name, together.Virtual)
		if among == by {
			return nil
		}
		return replayable(&scenario.DifferenceError{Path: path, Diff: udiff.Unified(name+" among others", name+" alone", among, by)}, f, options)
	})
	defer stop()
	for _, result := range results {
		if err, ok := <-result; err != nil || !ok {
			return errors.Join(err, context.Cause(ctx))
		}
	}
	return nil
}

// drawn are five of some names, or all where there aren't more.
func drawn(names []string, seed uint64) []string {
	luck := rand.New(rand.NewPCG(seed, 0))
	luck.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:min(5, len(names))]
}

// linesOf are an object's events up to some virtual time, written.
func linesOf(all []trace.Event, object string, until time.Duration) string {
	its := slices.DeleteFunc(slices.Clone(all), func(e trace.Event) bool { return e.Subject != object || e.At > until })
	return trace.Format(its, edge.Narrate)
}

// objectsOf are the names of the objects in a trace, sorted.
func objectsOf(all []trace.Event) []string {
	var names []string
	for _, e := range all {
		names = append(names, e.Subject)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}
