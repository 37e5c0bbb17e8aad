package second

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// spawner makes two ConfigMaps for each site whose names it leaves to the API server,
// labels them, makes a Secret for each that has its name in its own, and deletes them
// an hour later.
type spawner struct {
	client.Client
	now func() time.Time
}

func (r spawner) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	o := &corev1.ConfigMap{}
	if err := r.Get(ctx, req.NamespacedName, o); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if o.GenerateName == "" || o.Labels[Of] == "" {
		return reconcile.Result{}, r.spawn(ctx, o)
	}
	if left := o.CreationTimestamp.Add(time.Hour).Sub(r.now()); left <= 0 {
		return reconcile.Result{}, r.Delete(ctx, o)
	} else if o.Labels["seen"] != "" {
		return reconcile.Result{RequeueAfter: left}, nil
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: o.Name + "-key"}}
	if err := client.IgnoreAlreadyExists(r.Create(ctx, secret)); err != nil {
		return reconcile.Result{}, err
	}
	before := o.DeepCopy()
	o.Labels["seen"] = "yes"
	return reconcile.Result{}, r.Patch(ctx, o, client.MergeFrom(before))
}

// spawn makes a site's.
func (r spawner) spawn(ctx context.Context, site *corev1.ConfigMap) error {
	made := &corev1.ConfigMapList{}
	if err := r.List(ctx, made, client.InNamespace(site.Namespace), client.MatchingLabels{Of: site.Name}); err != nil {
		return err
	}
	for n := len(made.Items); n < 2; n++ {
		o := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: site.Namespace, GenerateName: "job-", Labels: map[string]string{Of: site.Name}}}
		if err := r.Create(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// spawns plays that with kills at requests of what was made, and returns the trace, in
// words and in JSON.
func spawns(t *testing.T, schedule world.Schedule) string {
	o := shape(nil)
	o.Schedule = schedule
	o.Setup = func(mgr manager.Manager, env world.Env) error {
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).Complete(spawner{mgr.GetClient(), env.Clock.Now})
	}
	// Somebody else writes to what was made, too.
	o.Reactions = []world.Reaction{{
		Name: "signer", Kind: corev1.SchemeGroupVersion.WithKind("Secret"), After: time.Minute,
		When: func(o client.Object) bool { return o.GetAnnotations()["signed"] == "" },
		React: func(ctx context.Context, c client.Client, o client.Object, _ time.Time) error {
			o.SetAnnotations(map[string]string{"signed": "yes"})
			return c.Update(ctx, o)
		},
	}}
	s := beginWith(t, o, world.Options{Seed: 7})
	defer s.end()
	p := s.arm(process.After, "job-<web#2>", 1)
	s.create("api")
	s.create("web")
	s.must(s.world.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "by-hand-"}}))
	s.kill(p)
	s.start()
	s.run(2 * time.Hour)
	text := s.trace()
	all, err := trace.Encode(s.told, nil)
	s.must(err)
	raw, err := json.Marshal(all)
	s.must(err)
	return text + string(raw)
}

// TestNamesThatTheAPIServerMakesUp has them be the same in every run.
func TestNamesThatTheAPIServerMakesUp(t *testing.T) {
	for _, schedule := range []world.Schedule{world.Parallel, world.Sequential} {
		t.Run(string(schedule), func(t *testing.T) {
			first := spawns(t, schedule)
			for n := range 9 {
				if got := spawns(t, schedule); got != first {
					t.Fatalf("run %d gives\n%s\nthe first\n%s", n+2, got, first)
				}
			}
			if made := regexp.MustCompile(`(job|by-hand)-[a-z0-9]{5}`).FindString(first); made != "" {
				t.Errorf("the trace has %s:\n%s", made, first)
			}
			for _, want := range []string{
				" controller 1 killed after request #1 of job-<web#2>\n", " PATCH /api/v1/configmaps/job-<web#1> → 200\n",
				" DELETE /api/v1/configmaps/job-<by-hand-<1>#2> → 200\n",
				"job-<web#2>-key                signer: updated\n",
			} {
				if !strings.Contains(first, want) {
					t.Errorf("the trace lacks %q:\n%s", want, first)
				}
			}
		})
	}
}

// TestGeneratedNamesOfWhatIsGone has an operator write down what the API server has called
// something, and delete that: it ends the same in every world.
func TestGeneratedNamesOfWhatIsGone(t *testing.T) {
	o := shape(nil)
	o.Setup = func(mgr manager.Manager, _ world.Env) error {
		c := mgr.GetClient()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				site := &corev1.ConfigMap{}
				if err := c.Get(ctx, r.NamespacedName, site); err != nil || site.Data != nil {
					return reconcile.Result{}, client.IgnoreNotFound(err)
				}
				secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, GenerateName: "key-"}}
				if err := c.Create(ctx, secret); err != nil {
					return reconcile.Result{}, err
				}
				if err := c.Delete(ctx, secret); err != nil {
					return reconcile.Result{}, err
				}
				site.Data = map[string]string{"last": secret.Name}
				return reconcile.Result{}, c.Update(ctx, site)
			}))
	}
	s := beginWith(t, o, world.Options{})
	defer s.end()
	s.create("web")
	s.run(time.Minute)
	ends, err := s.world.Ends()
	if err != nil || len(ends) != 1 {
		t.Fatalf("(%v) it ends as %v", err, ends)
	}
	if got := ends[0].Fields["data"].(map[string]any)["last"]; got != "key-*" {
		t.Errorf("the last one was %v", got)
	}
}
