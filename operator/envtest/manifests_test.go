package envtest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/controlplane"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/config"
)

// manifests is the folder of the overlays.
const manifests = "../config"

// applied are the overlays for people to apply, in a possible order.
var applied = []string{"default", "demo", "samples"}

// build returns the output of kubectl kustomize for a folder.
func build(folder string) (all []*unstructured.Unstructured) {
	GinkgoHelper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(manifests, folder))
	Expect(err).NotTo(HaveOccurred(), folder)
	for _, r := range built.Resources() {
		text, err := r.MarshalJSON()
		Expect(err).NotTo(HaveOccurred())
		u := &unstructured.Unstructured{}
		Expect(u.UnmarshalJSON(text)).To(Succeed())
		all = append(all, u)
	}
	return all
}

// of returns the objects of a kind, as their type.
func of[T any](all []*unstructured.Unstructured, kind string) (found []T) {
	GinkgoHelper()
	for _, u := range all {
		if u.GetKind() == kind {
			var typed T
			Expect(runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(u.Object, &typed, true)).To(Succeed())
			found = append(found, typed)
		}
	}
	Expect(found).NotTo(BeEmpty(), "there is no "+kind)
	return found
}

// named identifies an object.
func named(u *unstructured.Unstructured) string { return u.GetKind() + " " + u.GetName() }

var _ = Describe("The manifests", Ordered, func() {
	var plane *controlplane.ControlPlane
	var admin client.Client

	BeforeAll(func(ctx SpecContext) {
		var err error
		// A control plane of its own: the session's has a bound role with that name
		// already.
		plane, err = controlplane.Start(ctx, controlplane.Options{})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(plane.Stop()).To(Succeed()) })
		scheme := runtime.NewScheme()
		for _, add := range []func(*runtime.Scheme) error{v1.AddToScheme, corev1.AddToScheme, authorizationv1.AddToScheme} {
			Expect(add(scheme)).To(Succeed())
		}
		admin, err = client.New(plane.Config(), client.Options{Scheme: scheme})
		Expect(err).NotTo(HaveOccurred())
	})

	// apply runs kubectl apply --server-side and rejects unknown fields.
	apply := func(ctx SpecContext, u *unstructured.Unstructured) error {
		GinkgoHelper()
		text, err := json.Marshal(u)
		Expect(err).NotTo(HaveOccurred())
		return admin.Patch(ctx, u, client.RawPatch(types.ApplyPatchType, text), client.FieldOwner("spec"), client.FieldValidation("Strict"))
	}

	It("are all part of what is applied", func() {
		known := map[string]bool{}
		for _, folder := range applied {
			for _, u := range build(folder) {
				known[named(u)] = true
			}
		}
		Expect(filepath.WalkDir(manifests, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() != "kustomization.yaml" {
				return err
			}
			folder, err := filepath.Rel(manifests, filepath.Dir(path))
			if err != nil {
				return err
			}
			for _, u := range build(folder) {
				Expect(known).To(HaveKey(named(u)), folder)
			}
			return nil
		})).To(Succeed())
	})

	It("are accepted by the API server, field by field, and change nothing the second time", func(ctx SpecContext) {
		for _, folder := range applied {
			for _, u := range build(folder) {
				if u.GetKind() == "DeviceDeployment" {
					// A create can't set the status, so the API server stores the
					// status's default only with the next write, which is the
					// operator's if one is running.
					Expect(apply(ctx, u.DeepCopy())).To(Succeed(), named(u))
				}
				Expect(apply(ctx, u)).To(Succeed(), named(u))
			}
			// A new kind is served shortly after its definition is accepted.
			Eventually(ctx, func() error { return admin.List(ctx, &v1.DeviceDeploymentList{}) }).WithTimeout(30 * time.Second).Should(Succeed())
			for _, u := range build(folder) {
				before := u.DeepCopy()
				Expect(admin.Get(ctx, client.ObjectKeyFromObject(u), before)).To(Succeed())
				Expect(apply(ctx, u)).To(Succeed(), named(u))
				Expect(u.GetResourceVersion()).To(Equal(before.GetResourceVersion()), named(u))
			}
		}
	}, NodeTimeout(limit))

	It("are refused where a field is misspelt", func(ctx SpecContext) {
		for _, u := range build("demo") {
			if u.GetKind() == "Deployment" {
				Expect(unstructured.SetNestedField(u.Object, true, "spec", "template", "spec", "automountServiceAccountTokn")).To(Succeed())
				Expect(apply(ctx, u)).To(MatchError(ContainSubstring("automountServiceAccountTokn")))
			}
		}
	})

	It("say nothing new to kubectl apply -k the second time", func(ctx SpecContext) {
		program, err := controlplane.Kubectl(ctx, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		kubeconfig := kubeconfigOf(plane.Config(), "default")
		for _, folder := range applied {
			var out []byte
			for range 2 {
				cmd := exec.CommandContext(ctx, program, "apply", "-k", filepath.Join(manifests, folder))
				cmd.Env = []string{"KUBECONFIG=" + kubeconfig, "KUBECACHEDIR=" + filepath.Dir(kubeconfig), "HOME=" + filepath.Dir(kubeconfig)}
				out, err = cmd.CombinedOutput()
				Expect(err).NotTo(HaveOccurred(), string(out))
			}
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			Expect(lines).To(HaveLen(len(build(folder))))
			Expect(lines).To(HaveEach(HaveSuffix(" unchanged")), folder)
		}
	}, NodeTimeout(20*time.Minute)) // kubectl may have to be built

	Context("of Pods", func() {
		// Pod Security admission only warns about a Deployment.
		var pods []corev1.Pod
		BeforeAll(func() {
			demo := build("demo")
			for _, d := range of[appsv1.Deployment](demo, "Deployment") {
				p := corev1.Pod{ObjectMeta: d.Spec.Template.ObjectMeta, Spec: d.Spec.Template.Spec}
				p.Namespace, p.Name = d.Namespace, "of-"+d.Name
				pods = append(pods, p)
			}
			for _, p := range of[corev1.Pod](demo, "Pod") {
				p.Name = "another-" + p.Name
				pods = append(pods, p)
			}
		})

		It("are admitted where Pod Security is restricted", func(ctx SpecContext) {
			for _, p := range pods {
				namespace := &corev1.Namespace{}
				Expect(admin.Get(ctx, client.ObjectKey{Name: p.Namespace}, namespace)).To(Succeed())
				Expect(namespace.Labels).To(HaveKeyWithValue("pod-security.kubernetes.io/enforce", "restricted"))
				Expect(admin.Create(ctx, p.DeepCopy(), client.DryRunAll)).To(Succeed(), p.Name)
			}
		})

		It("would be refused if they were privileged or ran as root", func(ctx SpecContext) {
			yes, no, root := true, false, int64(0)
			for what, change := range map[string]func(*corev1.PodSpec, *corev1.SecurityContext){
				"privileged": func(_ *corev1.PodSpec, c *corev1.SecurityContext) {
					c.Privileged, c.AllowPrivilegeEscalation = &yes, nil
				},
				"allowPrivilegeEscalation":  func(_ *corev1.PodSpec, c *corev1.SecurityContext) { c.AllowPrivilegeEscalation = nil },
				"unrestricted capabilities": func(_ *corev1.PodSpec, c *corev1.SecurityContext) { c.Capabilities = nil },
				"runAsNonRoot":              func(p *corev1.PodSpec, _ *corev1.SecurityContext) { p.SecurityContext.RunAsNonRoot = &no },
				"runAsUser=0":               func(p *corev1.PodSpec, _ *corev1.SecurityContext) { p.SecurityContext.RunAsUser = &root },
				"seccompProfile":            func(p *corev1.PodSpec, _ *corev1.SecurityContext) { p.SecurityContext.SeccompProfile = nil },
			} {
				for _, p := range pods {
					bad := p.DeepCopy()
					change(&bad.Spec, bad.Spec.Containers[0].SecurityContext)
					err := admin.Create(ctx, bad, client.DryRunAll)
					Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%s, %s: %v", p.Name, what, err)
					Expect(err).To(MatchError(And(ContainSubstring("PodSecurity"), ContainSubstring(what))))
				}
			}
			// Pod Security doesn't check this one.
			for _, p := range pods {
				Expect(p.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem).To(HaveValue(BeTrue()))
			}
		})
	})

	It("give the manager the rights that the controller has in every scenario, and no other", func(ctx SpecContext) {
		role, err := config.ClusterRole()
		Expect(err).NotTo(HaveOccurred())
		demo := build("demo")
		roles := of[rbacv1.ClusterRole](demo, "ClusterRole")
		Expect(roles).To(HaveLen(1))
		Expect(roles[0].Rules).To(Equal(role.Rules))
		for _, u := range demo {
			Expect(u.GetKind()).NotTo(BeElementOf("Role", "RoleBinding"))
		}
		Expect(of[rbacv1.ClusterRoleBinding](demo, "ClusterRoleBinding")).To(HaveLen(1))

		d := of[appsv1.Deployment](demo, "Deployment")[0]
		may := func(right authorizationv1.ResourceAttributes) bool {
			GinkgoHelper()
			return permitted(ctx, admin, fmt.Sprintf("system:serviceaccount:%s:%s", d.Namespace, d.Spec.Template.Spec.ServiceAccountName), right)
		}
		rights, err := config.Rights()
		Expect(err).NotTo(HaveOccurred())
		for _, right := range rights {
			Eventually(func() bool { return may(right) }).WithTimeout(10*time.Second).Should(BeTrue(), "%+v", right)
		}
		Expect(may(authorizationv1.ResourceAttributes{Resource: "secrets", Verb: "get"})).To(BeFalse())
		Expect(may(authorizationv1.ResourceAttributes{Group: v1.GroupVersion.Group, Resource: "devicedeployments", Verb: "update"})).To(BeFalse())
	})

	It("call devices what the manager calls them, and plan faults that devices understand", func(ctx SpecContext) {
		program := filepath.Join(GinkgoT().TempDir(), "manager")
		out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "../../cmd/manager").CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
		help, err := exec.CommandContext(ctx, program, "--help").Output()
		Expect(err).NotTo(HaveOccurred())

		demo := build("demo")
		service := of[corev1.Service](demo, "Service")[0]
		Expect(service.Spec.ClusterIP).To(Equal(corev1.ClusterIPNone))
		Expect(service.Spec.PublishNotReadyAddresses).To(BeTrue())
		Expect(string(help)).To(ContainSubstring(`(default "http://{device}.%s.{namespace}.svc:%d")`, service.Name, service.Spec.Ports[0].Port))

		plans := of[corev1.ConfigMap](demo, "ConfigMap")[0]
		var devices []string
		for _, p := range of[corev1.Pod](demo, "Pod") {
			device := p.Spec.Hostname
			devices = append(devices, device)
			Expect(p.Spec.Subdomain).To(Equal(service.Name))
			Expect(p.Namespace).To(Equal(service.Namespace))
			Expect(labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(p.Labels))).To(BeTrue())
			Expect(p.Labels).To(HaveKeyWithValue("edge.example.com/device", device))
			Expect(plans.Data).To(HaveKey(device + ".yaml"))
			_, err := devicesim.ParsePlan([]byte(plans.Data[device+".yaml"]))
			Expect(err).NotTo(HaveOccurred(), device)
		}
		for _, dd := range build("samples") {
			Expect(devices).To(ContainElement(dd.GetName()))
		}

		// The manager's arguments are valid: it gets as far as looking for the API
		// server, which is exit code 1 and not 2.
		args := of[appsv1.Deployment](demo, "Deployment")[0].Spec.Template.Spec.Containers[0].Args
		Expect(args).NotTo(BeEmpty())
		cmd := exec.CommandContext(ctx, program, append(args, "--kubeconfig="+os.DevNull)...)
		out, err = cmd.CombinedOutput()
		Expect(err).To(HaveOccurred())
		Expect(cmd.ProcessState.ExitCode()).To(Equal(1), string(out))
	}, NodeTimeout(limit))
})
