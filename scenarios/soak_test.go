package scenarios

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/scenarios/edge"
)

var soak = flag.Int("soak", 5, "how many runs with other seeds, and random worlds, must break no invariant: `n` of each")

// soakSeed draws the random worlds.
const soakSeed = 1

var _ = Describe("No invariant is broken by the operator as it is:", Label(long), func() {
	It("in the scenarios, with other seeds and numbers of workers", func(ctx SpecContext) {
		paths := files()
		soaked(ctx, func(ctx context.Context, n int) error {
			f, err := Load(paths[n*len(paths) / *soak % len(paths)])
			if err != nil {
				return err
			}
			_, err = run(ctx, f, scenario.Options{World: world.Options{Workers: []int{1, 2, 4, 16, 64}[n%5], Seed: uint64(1000 + n)}})
			var unreached *process.UnreachedError
			if errors.As(err, &unreached) {
				return nil // with another seed there are other requests, and the crash point in the file may not exist
			}
			return err
		})
	})

	It("in random worlds", func(ctx SpecContext) {
		soaked(ctx, func(ctx context.Context, n int) error {
			text := explore.DrawWorld(edge.Grammar, soakSeed, n, time.Hour)
			_, err := runStory(ctx, fmt.Sprintf("random-world-%d", n), text, scenario.Options{World: world.Options{Workers: 1 + n%8}})
			return err
		})
	})
})

// soaked expects so many runs, side by side, to end well.
func soaked(ctx context.Context, play func(context.Context, int) error) {
	GinkgoHelper()
	runs := make([]int, *soak)
	for n := range runs {
		runs[n] = n
	}
	results, stop := SideBySide(ctx, *width, runs, play)
	defer stop()
	for _, result := range results {
		err, ok := <-result
		held(err)
		Expect(ok).To(BeTrue(), "interrupted")
	}
}
