package scenarios

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
)

// threeHundred are so many devices that are deployed at one instant, whose
// transfers take longer than they are watched.
const threeHundred = `# %d devices are looked at for a while.

timing jitter=%d%%
device press-{001..%d} transfer=5m
deploy press-{001..%d} image=fw:2
run until=150s
----
`

var _ = Describe("Of 300 devices that were deployed at one instant", Label(long), func() {
	const devices, from, to = 300, 2 * time.Minute, 150 * time.Second
	// most is how many devices are looked at in a second, in the second that has
	// most, and in all seconds on the average.
	most := func(ctx SpecContext, jitter int) (most, mean int) {
		GinkgoHelper()
		res, err := runStory(ctx, fmt.Sprintf("jitter-%d", jitter), fmt.Sprintf(threeHundred, devices, jitter, devices, devices), scenario.Options{FullTrace: true})
		held(err)
		looks := map[time.Duration]int{}
		for _, e := range res.Events {
			if isLook(e) && e.At >= from && e.At < to {
				looks[e.At.Truncate(time.Second)]++
			}
		}
		all := 0
		for second := from; second < to; second += time.Second {
			all += looks[second]
			most = max(most, looks[second])
		}
		return most, all / int((to-from)/time.Second)
	}

	It("no second has more than twice the mean number of looks two minutes later, since polls have jitter", func(ctx SpecContext) {
		most, mean := most(ctx, 10)
		Expect(mean).To(BeNumerically("~", 2*devices/5, 10), "two readings of each device in a poll interval")
		Expect(most).To(BeNumerically("<=", 2*mean))
		AddReportEntry("looks in a second", fmt.Sprintf("%d at most, %d on the average", most, mean))
	})

	It("one second in five has all looks where polls have none", func(ctx SpecContext) {
		most, mean := most(ctx, 0)
		Expect(most).To(Equal(5 * mean))
	})
})
