package world

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/trace"
)

// issuer is an operator over built-in kinds: each ConfigMap gets a Secret of its
// name, with a word from a vault that is outside of the cluster. Every minute it
// looks again.
type issuer struct {
	client.Client
	vault http.RoundTripper
}

func (i *issuer) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	var c corev1.ConfigMap
	if err := i.Get(ctx, req.NamespacedName, &c); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	s := corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: c.Namespace, Name: c.Name}}
	err := i.Get(ctx, req.NamespacedName, &s)
	if apierrors.IsNotFound(err) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://vault.example/word", nil)
		if err != nil {
			return reconcile.Result{}, err
		}
		res, err := i.vault.RoundTrip(r)
		if err != nil {
			return reconcile.Result{}, err
		}
		defer res.Body.Close()
		word, err := io.ReadAll(res.Body)
		if err != nil {
			return reconcile.Result{}, err
		}
		s.StringData = map[string]string{"word": string(word)}
		if err := i.Create(ctx, &s); err != nil {
			return reconcile.Result{}, err
		}
	} else if err != nil {
		return reconcile.Result{}, err
	}
	if c.Data["poll"] == "" {
		return reconcile.Result{}, nil
	}
	return reconcile.Result{RequeueAfter: time.Minute}, nil
}

// vault is an external system, which counts the words that it has given.
type vault struct {
	given, told int
	world       *World
}

func (*vault) Serves(host string) (name string, ok bool) { return "vault", host == "vault.example" }
func (v *vault) Transport() http.RoundTripper            { return v }
func (*vault) Close()                                    {}

func (v *vault) Happened() (events []trace.Event) {
	for ; v.told < v.given; v.told++ {
		events = append(events, trace.Event{
			At: v.world.Now(), Subject: "vault", Actor: trace.Actor{Role: trace.System, Name: "vault"},
			Kind: trace.State, Verb: "gives", Fields: []trace.Field{trace.Int("word", v.told+1)},
		})
	}
	return events
}

func (v *vault) RoundTrip(r *http.Request) (*http.Response, error) {
	v.given++
	word := fmt.Sprintf("word-%d", v.given)
	return &http.Response{StatusCode: http.StatusOK, Request: r, Header: http.Header{}, Body: io.NopCloser(bytes.NewBufferString(word))}, nil
}

var core = func() *runtime.Scheme {
	s := runtime.NewScheme()
	if err := corev1.AddToScheme(s); err != nil {
		panic(err)
	}
	return s
}()

// theIssuer describes the operator to a world. Setup is what its main would do.
func theIssuer() Operator {
	kinds := []schema.GroupVersionKind{corev1.SchemeGroupVersion.WithKind("ConfigMap"), corev1.SchemeGroupVersion.WithKind("Secret")}
	m := meta.NewDefaultRESTMapper(nil)
	for _, k := range kinds {
		m.Add(k, meta.RESTScopeNamespace)
	}
	m.Add(corev1.SchemeGroupVersion.WithKind("Namespace"), meta.RESTScopeRoot)
	return Operator{
		Scheme: core, Mapper: m, Kinds: kinds,
		Primers: []client.Object{&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "primer"}}, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "primer"}}},
		Setup: func(mgr manager.Manager, env Env) error {
			return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
				Complete(&issuer{mgr.GetClient(), env.HTTP})
		},
	}
}

// configMap is one that somebody makes.
func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data,
	}
}

// story is the trace of a world, without the blanks that align it.
func story(w *World) string {
	var lines []string
	for line := range strings.Lines(w.Format(w.Trace())) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}
