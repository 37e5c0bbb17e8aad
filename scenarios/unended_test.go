package scenarios

import (
	"errors"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/scenarios/edge"
)

var _ = DescribeTable("An end that nothing can bring is no broken promise:",
	func(ctx SpecContext, commands, expected string) {
		f, err := edge.Language.Parse("story.txt", "device press-01 transfer=30s reboot=15s\n"+commands+"\nrun\n----\n")
		Expect(err).NotTo(HaveOccurred())
		_, err = session.Run(ctx, f, scenario.Options{})
		var unended *world.UnendedError
		Expect(errors.As(err, &unended)).To(BeTrue(), "another error: %v", err)
		Expect(scenario.IsUnended(err)).To(BeTrue())
		Expect(scenario.IsViolation(err)).To(BeFalse())
		Expect(err).To(MatchError(expected))
	},
	Entry("no controller", "deploy press-01 image=fw:2\nkill controller at=12s",
		"story.txt:4: press-01 does not end: Transferring, attempt 1, and nothing more happens, since no controller is running; name a time with run until= or for=, or put that right before"),
	Entry("a watch that is down", "deploy press-01 image=fw:2\nrun until=12s\nwatch down\nedit press-01 image=fw:3",
		"story.txt:6: press-01 does not end: Transferring, attempt 1, and it goes on for longer than 20m50s, since no controller's watch is up; name a time with run until= or for=, or put that right before"),
	Entry("an API server that is out of reach", "deploy press-01 image=fw:2\nrun until=12s\napi down",
		"story.txt:5: nothing can end: no controller reaches the API server, and one has to first"),
)

var _ = It("An object whose status is ahead of it is not waited for", func(ctx SpecContext) {
	f, err := edge.Language.Parse("story.txt", "device press-01 press-02\ndeploy press-01 press-02 image=fw:2\nstatus press-01 observedGeneration=5 phase=Pending attempts=0\nrun\n----\n")
	Expect(err).NotTo(HaveOccurred())
	res, err := session.Run(ctx, f, scenario.Options{})
	Expect(err).NotTo(HaveOccurred())
	Expect(res.Endings).To(ConsistOf(HavePrefix("press-01: asks for fw:2, ;"), HavePrefix("press-02: asks for fw:2, Succeeded after 1 attempts")))
})
