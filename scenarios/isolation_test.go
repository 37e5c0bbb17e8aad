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

// Nothing about one object depends on what happens to others: its lines in the trace of
// a file are those of a run with that object alone. If a file has many objects, its
// seed selects five.
var _ = Describe("Each object fares as it would alone:", Label(long), func() {
	for _, path := range files() {
		f, err := Load(path)
		if err != nil || f.Tied || f.Objects < 2 || f.About == longDay {
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

// isolated plays a file as it is, and for some of its objects as if each were the only
// one. It returns a *scenario.DifferenceError for the first whose trace differs.
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
		// A world ends when all rollouts do; devices continue a little longer.
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

// drawn returns five of some names, or all if there are no more.
func drawn(names []string, seed uint64) []string {
	luck := rand.New(rand.NewPCG(seed, 0))
	luck.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:min(5, len(names))]
}

// linesOf returns an object's events up to some virtual time, as text.
func linesOf(all []trace.Event, object string, until time.Duration) string {
	its := slices.DeleteFunc(slices.Clone(all), func(e trace.Event) bool { return e.Subject != object || e.At > until })
	return trace.Format(its, edge.Narrate)
}

// objectsOf returns the names of the objects in a trace, sorted.
func objectsOf(all []trace.Event) []string {
	var names []string
	for _, e := range all {
		names = append(names, e.Subject)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}
