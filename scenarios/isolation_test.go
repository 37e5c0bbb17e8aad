package scenarios

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// Nothing of one object changes when another's fate does: what happens to it
// among two hundred is, line by line, what happens to it alone.
var _ = It("Each object of the long haul fares as it would alone", Label(long), func(ctx SpecContext) {
	const path = "the-long-haul.txt"
	text, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	together := linesOf(ctx, parse(path))
	names := slices.DeleteFunc(together.objects(), func(name string) bool { return name == "" })
	Expect(names).To(HaveLen(200))
	luck := rand.New(rand.NewPCG(24, 0)) // the file's seed
	for range 5 {
		name := names[luck.IntN(len(names))]
		alone, err := scenario.ParseAlone(path, string(text), name)
		Expect(err).NotTo(HaveOccurred())
		Expect(linesOf(ctx, alone).of(name)).To(Equal(together.of(name)), name)
	}
})

// lines are the lines of a whole trace.
type lines []trace.Line

func linesOf(ctx context.Context, f *scenario.File) lines {
	GinkgoHelper()
	res, err := run(ctx, f, scenario.Options{FullTrace: true, World: world.Options{Workers: 16}})
	held(err)
	return res.Lines
}

func (l lines) of(object string) string {
	return trace.Format(slices.DeleteFunc(slices.Clone(l), func(l trace.Line) bool { return l.Object != object }))
}

func (l lines) objects() []string {
	var all []string
	for _, line := range l {
		all = append(all, line.Object)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
