package scenarios

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
)

var soak = flag.Int("soak", 5, "how many runs with other seeds, and random stories, must break no invariant: `n` of each")

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

	It("in random stories", func(ctx SpecContext) {
		soaked(ctx, func(ctx context.Context, n int) error {
			rng := rand.New(rand.NewPCG(uint64(n), 0))
			text, workers := randomStory(rng, uint64(n+1)), 1+rng.IntN(8)
			_, err := runStory(ctx, fmt.Sprintf("random-story-%d", n), text, scenario.Options{World: world.Options{Workers: workers}})
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
