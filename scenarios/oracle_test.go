package scenarios

import (
	"fmt"
	"math/rand/v2"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
)

// How a generation ends doesn't depend on what came before it, apart from faults. So
// whatever people and controllers did, a last change leads to the same end as for a new
// object on an untouched device.
var _ = Describe("A generation ends as if it were the first:", func() {
	const last = "image=fw:9 maxAttempts=2 backoffSeconds=7 concurrencyHint=3"
	const device = "# An oracle.\n\ndevice press-01 running=fw:1 transfer=30s reboot=15s\n"
	ending := func(ctx SpecContext, text string) []string {
		GinkgoHelper()
		res, err := runStory(ctx, "oracle", text, scenario.Options{World: world.Options{Workers: 4}})
		held(err)
		return res.Endings
	}
	var fresh []string
	first := func(ctx SpecContext) []string {
		if fresh == nil {
			fresh = ending(ctx, device+"deploy press-01 "+last+"\nrun\n----\n")
			Expect(fresh).To(ConsistOf(And(HavePrefix("press-01: asks for fw:9, Succeeded after 1 attempts"), HaveSuffix(`runs fw:9, up true, healthy true, staged ""`))))
		}
		return fresh
	}

	for what, past := range map[string]string{
		"while another image is under way":  "deploy press-01 image=fw:2\nrun until=12s\n",
		"with another image staged":         "deploy press-01 image=fw:2\nrun until=30s\n",
		"while it reboots into another":     "deploy press-01 image=fw:2\nrun until=40s\n",
		"once it runs another":              "deploy press-01 image=fw:2\nrun\n",
		"once it runs this one":             "deploy press-01 image=fw:9\nrun\n",
		"with this one under way":           "deploy press-01 image=fw:9\nrun until=12s\n",
		"while it reboots into this one":    "deploy press-01 image=fw:9\nrun until=40s\n",
		"of an object that is made anew":    "deploy press-01 image=fw:2\nrun until=12s\ndelete press-01\ndeploy press-01 image=fw:3\nrun for=3s\n",
		"while no controller is there":      "deploy press-01 image=fw:2\nkill controller at=12s\nrun for=1h\nstart controller\nrun for=1s\n",
		"behind the back of the controller": "deploy press-01 image=fw:2\nrun until=12s\nwatch down\nedit press-01 image=fw:3\nrun for=1s\nwatch up\n",
	} {
		It(what, func(ctx SpecContext) {
			Expect(ending(ctx, device+past+"edit press-01 "+last+"\nrun\n----\n")).To(Equal(first(ctx)))
		})
	}

	It("after anything", Label(long), func(ctx SpecContext) {
		for n := range *soak {
			rng := rand.New(rand.NewPCG(uint64(n), 1))
			var past strings.Builder
			past.WriteString("deploy press-01 image=fw:2\n")
			for range 1 + rng.IntN(5) {
				fmt.Fprintf(&past, "run for=%dms\n%s\n", rng.IntN(40_000), []string{
					"edit press-01 image=fw:1", "edit press-01 image=fw:3", fmt.Sprintf("edit press-01 concurrencyHint=%d", 10+rng.IntN(90)),
					"delete press-01\ndeploy press-01 image=fw:9", "kill controller\nrun for=9s\nstart controller", "resync",
				}[rng.IntN(6)])
			}
			Expect(ending(ctx, device+past.String()+"run for=1s\nedit press-01 "+last+"\nrun\n----\n")).To(Equal(first(ctx)), "story %d:\n%s", n, past.String())
		}
	})

	It("unless a fault of its own strikes it", func(ctx SpecContext) {
		past := "deploy press-01 image=fw:2\nrun until=26s\nedit press-01 " + last + "\nrun\n----\n"
		Expect(ending(ctx, device+"fault press-01 of=transfer nth=1 do=break at=50%\n"+past)).To(Equal(first(ctx)), "this one was the generation's before")
		Expect(ending(ctx, device+"fault press-01 of=transfer nth=2 do=break at=50%\n"+past)).NotTo(Equal(first(ctx)))
	})
})
