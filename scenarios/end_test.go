package scenarios

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

var _ = It("A world leaves no object behind", func(ctx SpecContext) {
	objects := func() (all []string) {
		var list v1.DeviceDeploymentList
		Expect(adminClient().List(ctx, &list)).To(Succeed())
		for _, dd := range list.Items {
			all = append(all, dd.Namespace+"/"+dd.Name)
		}
		return all
	}
	before := objects()
	for _, path := range []string{"twenty-at-once.txt", "deleted-in-each-phase.txt"} {
		_, err := run(ctx, parse(path), scenario.Options{})
		held(err)
	}
	Expect(objects()).To(ConsistOf(before))
})
