package scenarios

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios/edge"
)

var _ = DescribeTable("A controller cannot be started with a past that never was:",
	func(ctx SpecContext, commands, expected string) {
		f, err := edge.Language.Parse("story.txt", "device press-01\n"+strings.ReplaceAll(commands, "; ", "\n")+"\n----\n")
		Expect(err).NotTo(HaveOccurred())
		_, err = session.Run(ctx, f, scenario.Options{})
		Expect(err).To(MatchError(expected))
	},
	Entry("the future", "deploy press-01 image=fw:2; run until=10s; kill controller; start controller sees=12s",
		"story.txt:5: it is only 10s: a controller can see the world as it was, or as it is"),
	Entry("before the first object", "run until=10s; deploy press-01 image=fw:2; run; kill controller; start controller sees=9s",
		"story.txt:6: at 9s there was nothing yet that a controller could see; the first was at 10s"),
	Entry("a world of nothing", "run until=10s; start another controller sees=9s",
		"story.txt:3: there was never anything that a controller could see"),
)
