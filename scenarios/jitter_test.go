package scenarios

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
)

// manyDevices deploys to so many devices at one instant. Their transfers take longer
// than the test observes them.
const manyDevices = `# %d devices are looked at for a while.

timing jitter=%d%%
device press-{001..%d} transfer=5m
deploy press-{001..%d} image=fw:2
run until=150s
----
`

var _ = Describe("Of 100 devices that were deployed at one instant", Label(long), func() {
	const devices, from, to = 100, 2 * time.Minute, 150 * time.Second
	// most is the number of devices polled in the busiest second, and mean the average.
	most := func(ctx SpecContext, jitter int) (most, mean int) {
		GinkgoHelper()
		res, err := runStory(ctx, fmt.Sprintf("jitter-%d", jitter), fmt.Sprintf(manyDevices, devices, jitter, devices, devices), scenario.Options{FullTrace: true})
		held(err)
		polls := map[time.Duration]int{}
		for _, e := range res.Events {
			if isHealth(e) && e.At >= from && e.At < to {
				polls[e.At.Truncate(time.Second)]++
			}
		}
		all := 0
		for second := from; second < to; second += time.Second {
			all += polls[second]
			most = max(most, polls[second])
		}
		return most, all / int((to-from)/time.Second)
	}

	It("no second has more than twice the mean number of polls two minutes later, since polls have jitter", func(ctx SpecContext) {
		most, mean := most(ctx, 10)
		Expect(mean).To(BeNumerically("~", 2*devices/5, 4), "two readings of each device in a poll interval")
		Expect(most).To(BeNumerically("<=", 2*mean))
		AddReportEntry("polls in a second", fmt.Sprintf("%d at most, %d on the average", most, mean))
	})

	It("one second in five has all polls where polls have none", func(ctx SpecContext) {
		most, mean := most(ctx, 0)
		Expect(most).To(Equal(5 * mean))
	})
})
