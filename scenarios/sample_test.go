package scenarios

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios/edge"
)

var draw = flag.String("draw", "any", "a `text` by which random stories are drawn that must give the same bytes, such as the commit's hash")

// fixesWorkers are the lines of a world that fix its number of workers.
var fixesWorkers = regexp.MustCompile(`(?m)^(workers|schedule) .*\n`)

// People write scenarios about what they know. These are random.
var _ = Describe("Random worlds give the same bytes at 1, 4 and 16 workers and at as many as there are objects, twice each, unless an object has to wait for a worker:", func() {
	It("a few", func(ctx SpecContext) { sampled(ctx, "", 4) })

	It("some that are drawn", Label(long), func(ctx SpecContext) { sampled(ctx, *draw, 2**soak) })
})

// sampled plays so many worlds and compares their bytes.
func sampled(ctx context.Context, draw string, worlds int) {
	GinkgoHelper()
	names := make([]string, worlds)
	for n := range names {
		names[n] = fmt.Sprintf("drawn-%s%d", draw, n)
	}
	var enough, short atomic.Int64
	results, stop := SideBySide(ctx, *width, names, func(ctx context.Context, name string) error {
		number := fnv.New64a()
		number.Write([]byte(name)) // never an error
		text := explore.DrawWorld(edge.Grammar, number.Sum64(), 0, time.Hour)
		text = fixesWorkers.ReplaceAllString(text, "") // or most would be played with one number alone
		path := filepath.Join(os.TempDir(), name+extension)
		f, err := edge.Language.Parse(path, text)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, text)
		}
		numbers := []int{1, 1, 4, 4, 16, 16, f.Objects, f.Objects}
		runs, err := sameBytes(ctx, f, numbers, scenario.Options{MadeUp: true})
		if err != nil {
			return errors.Join(err, os.WriteFile(path, []byte(text), 0o600))
		}
		for n, r := range runs {
			switch {
			case !r.ShortOfWorkers:
				enough.Add(1)
			case numbers[n] >= f.Objects:
				return fmt.Errorf("with %d workers, one of %d objects had to wait for one\n%s", numbers[n], f.Objects, text)
			default:
				short.Add(1)
			}
		}
		return nil
	})
	defer stop()
	for _, result := range results {
		err, ok := <-result
		held(err)
		Expect(ok).To(BeTrue(), "interrupted")
	}
	AddReportEntry("random worlds", fmt.Sprintf("%d, played %d times; in %d of these an object had to wait for a worker", worlds, enough.Load()+short.Load(), short.Load()))
}
