package second

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/world"
)

// encodings are ConfigMaps as clients read and write them: in protobuf, and in JSON.
var encodings = map[string]func() client.Object{
	"typed": func() client.Object { return &corev1.ConfigMap{} },
	"unstructured": func() client.Object {
		o := &unstructured.Unstructured{}
		o.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
		return o
	},
}

// expiry deletes an object that is an hour old, and lets it go half a minute after its
// deletion was asked for.
type expiry struct {
	client.Client
	reader client.Reader
	now    func() time.Time
	object func() client.Object
}

func (e expiry) Reconcile(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
	o := e.object()
	if err := e.reader.Get(ctx, r.NamespacedName, o); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if o.GetDeletionTimestamp() != nil {
		if left := o.GetDeletionTimestamp().Add(30 * time.Second).Sub(e.now()); left > 0 {
			return reconcile.Result{RequeueAfter: left}, nil
		}
		controllerutil.RemoveFinalizer(o, Finalizer)
		return reconcile.Result{}, e.Update(ctx, o)
	}
	if controllerutil.AddFinalizer(o, Finalizer) {
		return reconcile.Result{}, e.Update(ctx, o)
	}
	if left := o.GetCreationTimestamp().Add(time.Hour).Sub(e.now()); left > 0 {
		return reconcile.Result{RequeueAfter: left}, nil
	}
	return reconcile.Result{}, e.Delete(ctx, o)
}

// TestAnOperatorThatAsksHowOldObjectsAre has one delete objects by their age, of which
// one is created a minute after the other, with a restart in between.
func TestAnOperatorThatAsksHowOldObjectsAre(t *testing.T) {
	for encoding, object := range encodings {
		for _, cached := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, cached %t", encoding, cached), func(t *testing.T) {
				o := shape(nil)
				o.Setup = func(mgr manager.Manager, env world.Env) error {
					e := expiry{mgr.GetClient(), mgr.GetAPIReader(), env.Clock.Now, object}
					if cached {
						e.reader = e.Client
					}
					o := object()
					o.SetName("")
					b := ctrl.NewControllerManagedBy(mgr).Named("expiry").For(o)
					return b.Complete(e)
				}
				o.Options = func(m *manager.Options) { m.Client.Cache = &client.CacheOptions{Unstructured: true} }
				s := begin(t, o)
				defer s.end()
				s.create("web")
				s.run(time.Minute)
				s.create("api")
				s.run(time.Minute)
				s.must(s.world.KillController(0))
				s.run(time.Minute)
				s.start()
				s.run(2 * time.Hour)
				var got []string
				for _, e := range append(s.told, s.world.Trace()...) {
					if e.Verb == "delete" || e.Verb == "update" {
						got = append(got, fmt.Sprintf("%v %s %s %d", e.At, e.Subject, e.Verb, e.Result.Status))
					}
				}
				// Start is 0.123456 s after a full second, which a timestamp doesn't have.
				want := []string{
					"0s web update 200", "1m0s api update 200",
					"59m59.876544s web delete 200", "1h0m29.876544s web update 200",
					"1h0m59.876544s api delete 200", "1h1m29.876544s api update 200",
				}
				if !slices.Equal(got, want) {
					t.Errorf("what happened is\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// seen are the times that one object was seen with, by how.
type seen struct {
	mu  sync.Mutex
	all map[string]map[string]bool // by name
}

func (s *seen) note(o client.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	times := "created " + o.GetCreationTimestamp().UTC().Format(time.TimeOnly)
	if d := o.GetDeletionTimestamp(); d != nil {
		times += " deleted " + d.UTC().Format(time.TimeOnly)
	}
	for _, f := range o.GetManagedFields() {
		times += fmt.Sprintf(" %s %s", f.Operation, f.Time.UTC().Format(time.TimeOnly))
	}
	if s.all[o.GetName()] == nil {
		s.all[o.GetName()] = map[string]bool{}
	}
	s.all[o.GetName()][times] = true
}

// partial is a ConfigMap of which only the metadata are read.
func partial() *metav1.PartialObjectMetadata {
	o := &metav1.PartialObjectMetadata{}
	o.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	return o
}

// reads reads an object as each of some types, and from a list.
func (s *seen) reads(ctx context.Context, key client.ObjectKey, from client.Reader, as ...client.Object) error {
	for _, o := range as {
		if err := from.Get(ctx, key, o); err != nil {
			return client.IgnoreNotFound(err)
		}
		s.note(o)
	}
	list := &corev1.ConfigMapList{}
	err := from.List(ctx, list, client.InNamespace(key.Namespace))
	for n := range list.Items {
		if list.Items[n].Name == key.Name {
			s.note(&list.Items[n])
		}
	}
	return err
}

// TestOneTimeForEveryReader has two controllers and people read an object on every way,
// before and after restarts, also one that begins with an old list.
func TestOneTimeForEveryReader(t *testing.T) {
	all := &seen{all: map[string]map[string]bool{}}
	s := begin(t, shape(func(mgr manager.Manager) error {
		c, live := mgr.GetClient(), mgr.GetAPIReader()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				err := all.reads(ctx, r.NamespacedName, c, &corev1.ConfigMap{})
				if err == nil {
					err = all.reads(ctx, r.NamespacedName, live, &corev1.ConfigMap{}, encodings["unstructured"](), partial())
				}
				return reconcile.Result{}, err
			}))
	}))
	defer s.end()
	s.start()
	s.run(10 * time.Second)
	site := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "web", Finalizers: []string{Finalizer}}}
	s.must(s.world.Create(t.Context(), site))
	all.note(site)
	s.run(50 * time.Second)
	s.must(s.world.Delete(t.Context(), site))
	s.run(time.Minute)
	s.must(s.world.KillController(1))
	s.must(s.world.KillController(2))
	s.start()
	s.run(time.Minute)
	s.must(s.world.StartStale(t.Context(), 30*time.Second))
	s.run(time.Minute)
	s.must(all.reads(t.Context(), client.ObjectKeyFromObject(site), s.world.Client(), &corev1.ConfigMap{}, encodings["unstructured"](), partial()))
	histories, err := s.world.Histories()
	s.must(err)
	for _, h := range histories {
		for _, v := range h.Versions {
			all.note(v.Object)
		}
	}
	want := map[string]bool{"created 00:00:10 Update 00:00:10": true, "created 00:00:10 deleted 00:01:00 Update 00:01:00": true}
	if got := all.all["web"]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("seen was %v, want %v", got, want)
	}
}

// TestTimesThatComeBack has people write what they have read, in every way: the API
// server takes its own times, and stores nothing where nothing else was changed.
func TestTimesThatComeBack(t *testing.T) {
	s := begin(t, shape(func(manager.Manager) error { return nil }))
	defer s.end()
	s.create("web")
	s.run(time.Minute)
	c, ctx, key := s.world.Client(), t.Context(), client.ObjectKey{Namespace: s.world.Namespace(), Name: "web"}
	for encoding, object := range encodings {
		o := object()
		read := func() {
			t.Helper()
			s.must(c.Get(ctx, key, o))
			if got := o.GetCreationTimestamp().Time; !got.Equal(world.Start.Truncate(time.Second)) {
				t.Errorf("%s: created %v", encoding, got)
			}
		}
		read()
		was := o.GetResourceVersion()
		s.must(c.Update(ctx, o))
		if o.GetResourceVersion() != was {
			t.Errorf("%s: an update that changes nothing is stored", encoding)
		}
		o.SetUID("")
		o.SetLabels(map[string]string{"without": "a-uid"})
		s.must(c.Update(ctx, o))
		read()
		o.SetCreationTimestamp(metav1.Time{})
		s.must(c.Update(ctx, o))
		read()
		patch := fmt.Appendf(nil, `{"metadata":{"creationTimestamp":%q,"labels":{"by":"patch"}}}`, o.GetCreationTimestamp().UTC().Format(time.RFC3339))
		s.must(c.Patch(ctx, o, client.RawPatch(types.MergePatchType, patch)))
		read()
		s.must(c.Patch(ctx, o, client.RawPatch(types.ApplyPatchType, append([]byte(`{"apiVersion":"v1","kind":"ConfigMap",`), patch[1:]...)), client.FieldOwner("test"), client.ForceOwnership))
		read()
	}
}

// TestTimesOfWhatNobodyWatches has a reconcile make and delete what no informer brings,
// and look at it later.
func TestTimesOfWhatNobodyWatches(t *testing.T) {
	var got []string
	s := begin(t, shape(func(mgr manager.Manager) error {
		c, live := mgr.GetClient(), mgr.GetAPIReader()
		passes := 0
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				if r.Name != "web" {
					return reconcile.Result{}, nil
				}
				account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name, Finalizers: []string{Finalizer}}}
				passes++
				switch passes {
				case 1:
					return reconcile.Result{RequeueAfter: time.Minute}, c.Create(ctx, account)
				case 2:
					return reconcile.Result{RequeueAfter: time.Minute}, c.DeleteAllOf(ctx, account, client.InNamespace(r.Namespace))
				}
				err := live.Get(ctx, r.NamespacedName, account)
				got = append(got, account.CreationTimestamp.UTC().Format(time.TimeOnly), account.DeletionTimestamp.UTC().Format(time.TimeOnly))
				account.Finalizers = nil
				if err == nil {
					err = c.Update(ctx, account)
				}
				before := &corev1.Namespace{}
				if err == nil {
					err = live.Get(ctx, client.ObjectKey{Name: "default"}, before)
				}
				got = append(got, before.CreationTimestamp.UTC().Format(time.TimeOnly))
				return reconcile.Result{}, err
			}))
	}))
	defer s.end()
	s.run(10 * time.Second)
	s.create("web")
	s.run(time.Hour)
	if want := []string{"00:00:10", "00:01:10", "00:00:00"}; !slices.Equal(got, want) {
		t.Errorf("the times are %v, want %v\n%s", got, want, s.trace())
	}
}
