package scenarios

import (
	"context"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/scenarios/edge"
)

// unmet plays a file in which one device works, except for what the line says.
func unmet(ctx context.Context, line, object string, o scenario.Options) (notes []string, err error) {
	GinkgoHelper()
	text := "device press-01 transfer=30s reboot=15s\n" + line + "\ndeploy press-01 image=fw:2\nrun\n----\n"
	f, err := edge.Language.ParseAlone("story.txt", text, object)
	Expect(err).NotTo(HaveOccurred())
	res, err := session.Run(ctx, f, o)
	return res.Notes, err
}

var _ = Describe("What a file asks for and what never happens", func() {
	DescribeTable("fails it as it is written, at its line:", func(ctx SpecContext, line, expected string) {
		_, err := unmet(ctx, line, "", scenario.Options{})
		Expect(err).To(MatchError(HavePrefix("story.txt:" + expected)))
	},
		Entry("a transfer that there isn't", "fault press-01 of=transfer nth=50 do=break at=40%",
			"2: this never happens to press-01: the 1 transfer since it was added is none that it means (of=transfer nth=50); name one that there is, or end this line with maybe if that is what you mean"),
		Entry("a window in which nothing falls", "fault press-01 of=burn from=1m until=2h do=refuse",
			"2: this never happens to press-01: the 1 burn request since it was added is none that it means (of=burn from=1m until=2h); "),
		Entry("a boot that there isn't", "fault press-01 of=boot do=take for=20s nth=2",
			"2: this never happens to press-01: the 1 boot since it was added is none that it means (of=boot nth=2); "),
		Entry("a second one of what happens always", "fault press-01 of=burn nth=1 do=lose-answer\nfault press-01 of=burn do=hang",
			"3: this never happens to press-01: another fault came first each time, that of line 2; put it before that one, or let that one hold less often, or "),
		Entry("a lie too soon after another", "fault press-01 of=health nth=4 do=wrong field=running value=fw:7\nfault press-01 of=health nth=5 do=wrong field=running value=fw:7",
			"3: this never happens to press-01: the bound passed it over whenever its turn came: the client had not had two right readings since the last wrong one; have it lie less often, or say beyondBound=true, or "),
		Entry("a lie that is true", "fault press-01 of=health nth=4 do=wrong field=running value=fw:1",
			"2: this never happens to press-01: what it told was true each time; "),
		Entry("a power cut after the end", "fault press-01 of=time from=1h do=cut-power",
			"2: this never happens to press-01: only 45s have passed; name an earlier time, or "),
		Entry("a power cut of a device that is down", "fault press-01 of=time from=35s do=cut-power",
			"2: this never happens to press-01: the device was down already at that time; name another time, or "),
		Entry("a transfer that is over before it breaks", "fault press-01 of=transfer nth=1 do=break at=90%\nfault press-01 of=time from=3s do=cut-power",
			"2: this never happens to press-01: no transfer that it was to befall got that far; "),
		Entry("a boot that is not over", "device press-02 reboot=1h\nfault press-02 of=boot do=roll-back\ncurl reboot press-02",
			"3: this never happens to press-02: the device is not back yet from the reboot that it was to befall; run on until it is, or "),
		Entry("what breaks by the short form", "device press-02 breaks=3rd@40%",
			"2: this never happens to press-02: there was no transfer since it was added; have there be one, or make it a fault of its own that ends with maybe if that is what you mean"),
		Entry("a fault that comes too late", "deploy press-01 image=fw:3\nrun\nfault press-01 of=transfer nth=1 do=break at=40%\ndelete press-01",
			"4: this never happens to press-01: "),
		Entry("a request", "request press-01#99 answer=lost", "2: press-01#99 was never made: press-01 made "),
	)

	It("is told once for each line", func(ctx SpecContext) {
		_, err := unmet(ctx, "device press-{02..03}\nfault press-{01..03} of=boot nth=7 do=forget\nfault press-01 of=reboot nth=2 do=hang", "", scenario.Options{})
		Expect(strings.Split(err.Error(), "\n")).To(ConsistOf(
			HavePrefix("story.txt:3: this never happens to press-01, nor to 2 more: "), HavePrefix("story.txt:4: this never happens to press-01: ")))
	})

	DescribeTable("is as it should be", func(ctx SpecContext, line string) {
		notes, err := unmet(ctx, line, "", scenario.Options{})
		Expect(err).NotTo(HaveOccurred())
		Expect(notes).To(BeEmpty())
	},
		Entry("where it happens", "fault press-01 of=transfer nth=1 do=break at=40%"),
		Entry("where the file says maybe", "fault press-01 of=transfer nth=50 do=break at=40% maybe"),
		Entry("where it is a device's request that is refused", "request press-01#3 refused=409"),
		Entry("where it is left to chance", "fault press-01 of=transfer nth=50 p=0.5 do=break at=40%"),
	)

	dead := "fault press-01 of=transfer nth=50 do=break at=40%\nrequest press-01#99 answer=lost"
	same := func(r reconcile.Reconciler) reconcile.Reconciler { return r }
	DescribeTable("is a note", func(ctx SpecContext, object string, o scenario.Options) {
		notes, err := unmet(ctx, dead, object, o)
		Expect(err).NotTo(HaveOccurred())
		Expect(slices.Values(notes)).To(ConsistOf(HavePrefix("story.txt:3: press-01#99 was never made: press-01 made "), HavePrefix("story.txt:2: this never happens to press-01")))
	},
		Entry("with another seed", "", scenario.Options{World: world.Options{Seed: 7}}),
		Entry("with another number of workers", "", scenario.Options{World: world.Options{Workers: 7}}),
		Entry("with another reconciler", "", scenario.Options{World: world.Options{Reconciler: same}}),
		Entry("for one object alone", "press-01", scenario.Options{}),
		Entry("in a file that chance made up", "", scenario.Options{MadeUp: true}),
	)
})
