package envtest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/controlplane"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// kubeconfigOf writes a kubeconfig into a folder of its own, and returns its path.
func kubeconfigOf(c *rest.Config, namespace string) string {
	GinkgoHelper()
	config := clientcmdapi.NewConfig()
	config.Clusters["it"] = &clientcmdapi.Cluster{Server: c.Host, CertificateAuthorityData: c.CAData}
	config.AuthInfos["it"] = &clientcmdapi.AuthInfo{ClientCertificateData: c.CertData, ClientKeyData: c.KeyData}
	config.Contexts["it"] = &clientcmdapi.Context{Cluster: "it", AuthInfo: "it", Namespace: namespace}
	config.CurrentContext = "it"
	kubeconfig := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
	Expect(clientcmd.WriteToFile(*config, kubeconfig)).To(Succeed())
	return kubeconfig
}

var _ = Describe("kubectl", func() {
	var admin client.WithWatch
	var namespace, program, kubeconfig string

	BeforeEach(func(ctx SpecContext) {
		var err error
		program, err = controlplane.Kubectl(ctx, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		admin = clientOf(plane.Config())
		namespace = newNamespace(ctx, admin)

		kubeconfig = kubeconfigOf(plane.Config(), namespace)
	}, NodeTimeout(20*time.Minute)) // it may have to be built

	kubectl := func(ctx SpecContext, args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Env = []string{"KUBECONFIG=" + kubeconfig, "KUBECACHEDIR=" + filepath.Dir(kubeconfig), "HOME=" + filepath.Dir(kubeconfig)}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	tells := func(ctx SpecContext, args ...string) string {
		GinkgoHelper()
		out, err := kubectl(ctx, args...)
		Expect(err).NotTo(HaveOccurred(), "kubectl %s: %s", strings.Join(args, " "), out)
		return out
	}
	// met asks once whether a condition is true.
	met := func(ctx SpecContext, condition string) bool {
		GinkgoHelper()
		out, err := kubectl(ctx, "wait", "dd/press-01", "--for=condition="+condition, "--timeout=0")
		if err != nil {
			Expect(out).To(ContainSubstring("condition not met"))
		}
		return err == nil
	}

	It("get shows a rollout in its columns", func(ctx SpecContext) {
		dd := deployment(namespace, "press-01")
		hint := int32(4)
		dd.Spec.ConcurrencyHint, dd.Spec.RetryPolicy.MaxAttempts = &hint, 1
		newRollout(ctx, admin, dd, "every@40%").until(ctx, v1.Failed)

		lines := strings.Split(tells(ctx, "get", "dd"), "\n")
		Expect(strings.Fields(lines[0])).To(Equal([]string{"NAME", "DEVICE", "IMAGE", "PHASE", "ATTEMPTS", "AGE"}))
		Expect(strings.Fields(lines[1])[:5]).To(Equal([]string{"press-01", "press-01", "fw:2", "Failed", "1"}))
		wide := tells(ctx, "get", "edge", "--output=wide")
		Expect(strings.Fields(strings.Split(wide, "\n")[0])[6:]).To(Equal([]string{"MESSAGE", "LASTERROR", "SINCE", "CONCURRENCYHINT"}))
		Expect(wide).To(MatchRegexp(`the transfer broke at 40 % +\S+ +4\n`))
	})

	It("get and describe tell why nothing moves, while it doesn't", func(ctx SpecContext) {
		r := newRollout(ctx, admin, deployment(namespace, "press-01"), "")
		r.until(ctx, v1.Transferring)
		const why = "attempt 1 of 3: transferring fw:2; the device answered 404 to GET /health"
		Expect(tells(ctx, "describe", "dd", "press-01")).NotTo(ContainSubstring(why))
		r.reconciler.Devices.URL += "/elsewhere"
		r.step(ctx)
		Expect(tells(ctx, "get", "dd", "--output=wide")).To(ContainSubstring(why))
		Expect(tells(ctx, "describe", "dd", "press-01")).To(MatchRegexp(`Message: +` + why + `\n +Observed Generation: +1\n +Reason: +Transferring\n +Status: +True\n +Type: +Progressing\n`))
	})

	It("explain tells what each field is, with its unit", func(ctx SpecContext) {
		// A new kind is served shortly before its schema is.
		Eventually(ctx, func() error {
			_, err := kubectl(ctx, "explain", "dd")
			return err
		}).WithTimeout(30 * time.Second).Should(Succeed())
		for field, what := range map[string]string{
			"":                                 "rolls one image out to one device",
			".spec":                            "which image the device should run",
			".spec.image":                      "512 characters",
			".spec.deviceRef":                  "DNS label of at most 63",
			".spec.retryPolicy":                "seconds",
			".spec.retryPolicy.maxAttempts":    "1 to 100",
			".spec.retryPolicy.backoffSeconds": "in seconds: 0 to 86400",
			".spec.concurrencyHint":            "never acted on",
			".status":                          "how far the rollout is",
			".status.phase":                    "Pending, Transferring, Rebooting, Verifying, Succeeded or Failed",
			".status.attempts":                 "attempts this generation has begun",
			".status.lastTransitionTime":       "to the microsecond",
			".status.lastError":                "at most 256 characters",
			".status.deviceErrors":             "at most once a minute",
			".status.deviceErrors.observe":     "at most 128 characters",
			".status.deviceErrors.post":        "at most 128 characters",
			".status.deviceErrors.time":        "to the microsecond",
			".status.conditions":               "for kubectl wait",
			".status.observedGeneration":       "metadata.generation",
		} {
			text := strings.Join(strings.Fields(tells(ctx, "explain", "dd"+field)), " ")
			Expect(text).To(ContainSubstring(what), "kubectl explain dd%s", field)
		}
	})

	It("wait goes by the present spec alone", func(ctx SpecContext) {
		r := newRollout(ctx, admin, deployment(namespace, "press-01"), "2nd@40%")
		Expect(met(ctx, "Succeeded")).To(BeFalse(), "before there is a status")
		r.step(ctx)
		Expect(met(ctx, "Progressing")).To(BeTrue())
		Expect(met(ctx, "Succeeded")).To(BeFalse())
		Expect(met(ctx, "Failed")).To(BeFalse())
		r.until(ctx, v1.Succeeded)
		Expect(met(ctx, "Succeeded")).To(BeTrue())
		Expect(met(ctx, "Progressing")).To(BeFalse())

		patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"image":"fw:3","retryPolicy":{"maxAttempts":1}}}`))
		Expect(admin.Patch(ctx, r.dd, patch)).To(Succeed())
		Expect(met(ctx, "Succeeded")).To(BeFalse(), "the last generation's condition counts, before the controller has seen the new spec")
		for r.step(ctx) != v1.Failed {
			Expect(met(ctx, "Succeeded")).To(BeFalse(), "while the new generation is %s", r.dd.Status.Phase)
			r.clock.AdvanceTo(r.clock.Now().Add(10 * time.Second)) // fewer polls
		}
		Expect(met(ctx, "Failed")).To(BeTrue())

		patch = client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"retryPolicy":{"maxAttempts":2}}}`))
		Expect(admin.Patch(ctx, r.dd, patch)).To(Succeed())
		Expect(met(ctx, "Failed")).To(BeFalse(), "the last generation's condition counts, before the controller has seen the new spec")
		done := make(chan string)
		go func() {
			defer GinkgoRecover()
			done <- tells(ctx, "wait", "dd/press-01", "--for=condition=Succeeded", "--timeout=60s")
		}()
		r.until(ctx, v1.Verifying)
		Consistently(done, "200ms").ShouldNot(Receive())
		r.until(ctx, v1.Succeeded)
		Eventually(ctx, done).Should(Receive(ContainSubstring("condition met")))
	}, NodeTimeout(limit))

	It("describe tells a rollout from its beginning to its end", func(ctx SpecContext) {
		dd := deployment(namespace, "press-01")
		dd.Spec.RetryPolicy.MaxAttempts = 7
		r := newRollout(ctx, admin, dd, "1st@10%,2nd@20%,3rd@30%,4th@40%,5th@50%,6th@60%")
		r.until(ctx, v1.Succeeded)
		_, events, _ := strings.Cut(tells(ctx, "describe", "dd", "press-01"), "Events:\n")
		var told []string
		for _, line := range strings.Split(strings.TrimSpace(events), "\n")[2:] {
			fields := strings.Fields(line)
			told = append(told, strings.Join(append(fields[:2:2], fields[3:]...), " "))
		}
		want := []string{"Normal Pending edge-device-operator fw:2 is to be rolled out, in 7 attempts at most"}
		for n, a := range []string{"1", "2", "3", "4", "5", "6", "7"} {
			attempt := "edge-device-operator attempt " + a + " of 7"
			want = append(want, "Normal Transferring "+attempt+": transferring fw:2")
			if n < 6 {
				want = append(want, "Warning AttemptFailed "+attempt+" failed: the transfer broke at "+a+"0 %; the next begins after the backoff")
				continue
			}
			want = append(want, "Normal Rebooting "+attempt+": fw:2 is staged, rebooting into it",
				"Normal Verifying "+attempt+": fw:2 runs, verifying that it is healthy",
				"Normal Succeeded "+attempt+": fw:2 runs and is healthy")
		}
		Expect(told).To(Equal(want))
	}, NodeTimeout(limit))
})
