package scenarios

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/operator/config"
	"example.com/edge-device-operator/scenarios/edge"
)

// Only a complete manager shows which requests it makes on its own.
var _ = Describe("The operator's user, who is the controller in every scenario,", func() {
	It("needs each of its rights", func(ctx SpecContext) {
		admin := adminClient()
		rights, err := config.Rights()
		Expect(err).NotTo(HaveOccurred())
		Expect(rolls(ctx, admin, "lacks-nothing", rights)).To(Succeed())
		for n, lacking := range rights {
			user := fmt.Sprintf("lacks-%s-%s", lacking.Verb, lacking.Resource)
			err := rolls(ctx, admin, user, slices.Delete(slices.Clone(rights), n, n+1))
			Expect(err).To(HaveOccurred(), "a rollout needs no right to %s %s/%s", lacking.Verb, lacking.Resource, lacking.Subresource)
			GinkgoWriter.Println(user, err)
		}
	}, NodeTimeout(limit))
})

// rolls returns an error unless a rollout succeeds and has its Events, with a
// controller whose user has that name and these permissions. The device has the same
// name.
func rolls(ctx context.Context, admin client.Client, name string, rights []authorizationv1.ResourceAttributes) error {
	GinkgoHelper()
	var rules []rbacv1.PolicyRule
	for _, r := range rights {
		rules = append(rules, rbacv1.PolicyRule{
			APIGroups: []string{r.Group}, Resources: []string{strings.TrimSuffix(r.Resource+"/"+r.Subresource, "/")}, Verbs: []string{r.Verb},
		})
	}
	user, err := session.plane.AddUserWith(ctx, name, rules)
	Expect(err).NotTo(HaveOccurred())
	// The second controller fills its cache with a list, as with an API server that
	// doesn't stream the initial state to a watch.
	f, err := edge.Language.Parse(name, strings.ReplaceAll(`device X
deploy X image=fw:2
run for=1s
kill controller
start controller sees=1s
watch up
run for=2m
----
`, "X", name))
	Expect(err).NotTo(HaveOccurred())
	o := scenario.Options{World: world.Options{REST: session.plane.Config(), Controller: user}}
	o.World.Settle = func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, 2*time.Second)
	}
	res, err := f.Run(ctx, o)
	if err != nil {
		return err
	}
	if len(res.Endings) != 1 || !strings.Contains(res.Endings[0], "Succeeded") {
		return fmt.Errorf("it ended so: %q", res.Endings)
	}
	var all eventsv1.EventList
	Expect(admin.List(ctx, &all)).To(Succeed())
	n := 0
	for _, e := range all.Items {
		if e.Regarding.Name == name {
			n++
		}
	}
	if n != 5 {
		return fmt.Errorf("it has %d Events, not 5", n)
	}
	return nil
}
