package scenarios

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/instance"
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
			var unreached *instance.UnreachedError
			if errors.As(err, &unreached) {
				return nil // other luck, other requests: the crash point that the file names is none
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

// soaked has each of so many runs end well. They go on side by side.
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

// randomStory is a scenario made up by chance: devices of little worth, people
// who change their minds, and controllers that come and go.
func randomStory(rng *rand.Rand, seed uint64) string {
	var s strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&s, format+"\n", args...) }
	one := func(of ...string) string { return of[rng.IntN(len(of))] }
	names := []string{"a", "b", "c", "d"}
	say("# A random story.\n\nseed %d\ntiming poll=%ds transfer=%ds reboot=%ds verify=%ds", seed, 2+rng.IntN(9), 60+rng.IntN(90), 40+rng.IntN(90), 20+rng.IntN(40))
	for _, name := range names {
		say("device %s transfer=%ds..%ds reboot=%ds..%ds", name, rng.IntN(20), 20+rng.IntN(60), rng.IntN(10), 10+rng.IntN(40))
		for range rng.IntN(4) {
			say("fault %s p=0.%d %s", name, 1+rng.IntN(3), one(
				"of=health do=stale age=40s", "of=health do=wrong field=running value=fw:2", "of=health do=wrong field=healthy value=false",
				"of=health do=lose-answer", "of=any do=refuse", "of=health do=truncate", "of=health do=drip pace=100ms", "of=any do=hang",
				"of=any do=delay for=2s", "of=burn do=lose-answer", "of=reboot do=lose-answer", "of=burn do=status code=412", "of=reboot do=status code=500",
				"of=any do=cut-power", "of=transfer do=break at=50%", "of=transfer do=stall at=30%", "of=transfer do=corrupt",
				"of=transfer do=stage-wrong image=fw:9", "of=transfer do=cut-power at=70%", "of=boot do=roll-back", "of=boot do=lose-staged",
				"of=boot do=forget", "of=boot do=never-return", "of=boot do=warm-up for=30s",
			))
		}
	}
	for _, name := range names {
		say("deploy %s image=fw:2 maxAttempts=%d backoffSeconds=%d", name, 1+rng.IntN(3), rng.IntN(40))
	}
	sees := true
	back := func() {
		say("watch up")
		sees = true
	}
	for range 3 + rng.IntN(6) {
		say("run for=%dms", rng.IntN(40_000))
		name := one(names...)
		switch rng.IntN(7) {
		case 0, 1:
			say("edit %s image=%s", name, one("fw:1", "fw:2", "fw:3"))
		case 2:
			say("edit %s maxAttempts=%d", name, 1+rng.IntN(3))
		case 3:
			say("delete %s\ndeploy %s image=%s", name, name, one("fw:1", "fw:2", "fw:3"))
		case 4:
			say("kill controller\nrun for=%ds\nstart controller", rng.IntN(300))
			sees = true
		case 5:
			if sees {
				say("watch down")
				sees = false
			}
		case 6:
			if !sees {
				back()
			}
			say("resync")
		}
	}
	if !sees {
		back()
	}
	say("run\n----")
	return s.String()
}
