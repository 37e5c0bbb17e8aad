package scenarios

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios/edge"
)

// Only the run can know which controllers are running: a crash point kills whichever
// reaches it.
var _ = DescribeTable("A command is refused, at its line, that is for a controller which isn't there:",
	func(ctx SpecContext, commands, expected string) {
		f, err := edge.Language.Parse("story.txt", strings.ReplaceAll(commands, "; ", "\n")+"\nrun for=1s\n----\n")
		Expect(err).NotTo(HaveOccurred())
		_, err = session.Run(ctx, f, scenario.Options{})
		Expect(err).To(MatchError(expected))
	},
	Entry("kill before anything runs", "kill controller", "story.txt:1: no controller is running: say start controller before this"),
	Entry("kill twice", "start controller; kill controller; kill controller", "story.txt:3: no controller is running: say start controller before this"),
	Entry("kill twice, with a run between", "start controller; kill controller; run for=3s; kill controller", "story.txt:4: no controller is running: say start controller before this"),
	Entry("kill who isn't there", "start controller; kill controller 2", "story.txt:2: controller 2 isn't running, but 1"),
	Entry("kill one of two", "start controller; start another controller; kill controller", "story.txt:3: controllers 1 and 2 are running: say which"),
	Entry("kill at a request that nobody can make", "device press-01; start controller; kill controller; kill controller before=press-01#1", "story.txt:4: no controller is running: say start controller before this"),
	Entry("stop nobody", "start controller; kill controller; stop controller", "story.txt:3: no controller is running: say start controller before this"),
	Entry("start a second one", "start controller; start controller", "story.txt:2: a controller is running: say kill controller before this, or start another controller"),
	Entry("start another beside nobody", "start another controller", "story.txt:1: no controller is running: say start controller"),
	Entry("cut nobody's watch", "start controller; kill controller; watch down", "story.txt:3: no controller is running: say start controller before this"),
	Entry("cut the watch of who isn't there", "start controller; watch down controller=3", "story.txt:2: controller 3 isn't running, but 1"),
	Entry("cut one of two off", "start controller; start another controller; api down", "story.txt:3: controllers 1 and 2 are running: say which"),
	Entry("have nobody resync", "start controller; kill controller; resync", "story.txt:3: no controller is running: say start controller before this"),
)
