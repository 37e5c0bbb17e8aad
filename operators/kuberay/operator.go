// Package kuberay runs KubeRay's controllers of RayClusters and RayJobs under the testbed, as
// they are. Around them are a kubelet, what submits a job, and Ray's dashboard.
package kuberay

import (
	"context"
	"net/http"
	"regexp"
	"time"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils/dashboardclient"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/rand"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"example.com/edge-device-operator/harness/world"
)

var (
	clusters = rayv1.GroupVersion.WithKind("RayCluster")
	rayJobs  = rayv1.GroupVersion.WithKind("RayJob")
	pods     = corev1.SchemeGroupVersion.WithKind("Pod")
	jobs     = batchv1.SchemeGroupVersion.WithKind("Job")
)

// Operator is KubeRay on a Ray.
func Operator(r *Ray) world.Operator {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(rayv1.AddToScheme(scheme))
	return world.Operator{
		Scheme: scheme,
		Kinds:  []schema.GroupVersionKind{clusters, rayJobs, pods, jobs, corev1.SchemeGroupVersion.WithKind("Service")},
		// Its controllers see each other's objects.
		Schedule:       world.Sequential,
		Reactions:      r.reactions(),
		CollectGarbage: true,
		// A RayJob's cluster and its Ray job end in five letters that the operator draws.
		Hashes: regexp.MustCompile(`job-[bcdfghjklmnpqrstvwxz2456789]{5}\b`),
		Options: func(o *manager.Options) {
			ours := labels.SelectorFromSet(labels.Set{utils.KubernetesCreatedByLabelKey: utils.ComponentName})
			o.Cache.ByObject = map[client.Object]cache.ByObject{&batchv1.Job{}: {Label: ours}}
		},
		Setup: setup,
	}
}

// setup adds the controllers, as KubeRay's main does.
func setup(mgr manager.Manager, env world.Env) error {
	// It draws from what the whole process has: so one world is played at a time.
	rand.Seed(int64(env.Incarnation))
	ctx := context.Background()
	if err := ray.NewReconciler(ctx, mgr, ray.RayClusterReconcilerOptions{}).SetupWithManager(mgr, 1); err != nil {
		return err
	}
	return ray.NewRayJobReconciler(ctx, mgr, ray.RayJobReconcilerOptions{}, provider{env}).SetupWithManager(mgr, 1)
}

// provider gives out KubeRay's own client of the dashboard, on the world's network.
type provider struct{ env world.Env }

func (p provider) GetDashboardClient(manager.Manager) func(*rayv1.RayCluster, string) (dashboardclient.RayDashboardClientInterface, error) {
	return func(_ *rayv1.RayCluster, url string) (dashboardclient.RayDashboardClientInterface, error) {
		c := &dashboardclient.RayDashboardClient{}
		c.InitClient(&http.Client{Transport: p}, "http://"+url)
		return c, nil
	}
}

// RoundTrip gives up after 2 seconds, as KubeRay's http.Client does, but of virtual time.
func (p provider) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := p.env.Clock.WithTimeout(req.Context(), 2*time.Second)
	defer cancel() // the answer has been read by then
	return p.env.HTTP.RoundTrip(req.WithContext(ctx))
}

// GetHttpProxyClient is for RayServices, which are not run.
func (provider) GetHttpProxyClient(manager.Manager) func(string, string, string, int) utils.RayHttpProxyClientInterface {
	return nil
}
