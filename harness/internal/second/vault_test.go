package second

import (
	"context"
	"fmt"
	"io"
	"net/http"
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

// vault is an external system, which counts the words that it has given.
type vault struct {
	world    *world.World
	given    int
	happened []trace.Event
}

func (*vault) Serves(host string) (name string, ok bool) { return "vault", host == "vault.example" }
func (v *vault) Transport() http.RoundTripper            { return v }
func (*vault) Close()                                    {}

func (v *vault) Happened() (events []trace.Event) {
	events, v.happened = v.happened, nil
	return events
}

func (v *vault) RoundTrip(r *http.Request) (*http.Response, error) {
	v.given++
	v.happened = append(v.happened, trace.Event{
		At: v.world.Now(), Subject: "vault", Actor: trace.Actor{Role: trace.System, Name: "vault"},
		Kind: trace.State, Verb: "gives", Fields: []trace.Field{trace.Int("word", v.given)},
	})
	word := fmt.Sprintf("word-%d", v.given)
	return &http.Response{StatusCode: http.StatusOK, Request: r, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(word))}, nil
}

// issuing is an operator that gives each site a Secret with a word from the vault.
func issuing() world.Operator {
	o := shape(nil)
	o.Setup = func(mgr manager.Manager, env world.Env) error {
		c := mgr.GetClient()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}}
				if err := c.Get(ctx, r.NamespacedName, s); client.IgnoreNotFound(err) != nil || err == nil {
					return reconcile.Result{}, err
				}
				word, err := ask(ctx, env.HTTP)
				if err != nil {
					return reconcile.Result{}, err
				}
				s.StringData = map[string]string{"word": word}
				return reconcile.Result{}, c.Create(ctx, s)
			}))
	}
	return o
}

// ask asks the vault for a word.
func ask(ctx context.Context, way http.RoundTripper) (word string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://vault.example/word", nil)
	if err != nil {
		return "", err
	}
	res, err := way.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

// TestAnExternalSystem has requests to it be numbered, and be crash points, as those to
// the API server are, and what it did be told.
func TestAnExternalSystem(t *testing.T) {
	s := newStory(t, issuing(), world.Options{}, world.Hooks{})
	defer s.end()
	v := &vault{world: s.world}
	s.world.AddSystem(v)
	s.start()
	s.create("a")
	s.run(time.Minute)
	p := s.arm(process.After, "b", 1)
	s.create("b")
	s.kill(p)
	s.start()
	s.run(time.Minute)
	const want = `  0s  controller 1 started
  0s  a          created
  0s  a      #1  POST vault/word → 200
  0s  a      #2  POST /api/v1/secrets → 201
  0s  vault      gives word=1
1m0s  controller 2 started
1m0s  b          created
1m0s  b      #1  POST vault/word → 200
1m0s  b      #2  POST vault/word → 200
1m0s  b      #3  POST /api/v1/secrets → 201
1m0s  vault      gives word=2
1m0s  vault      gives word=3
1m0s  controller 1 killed after request #1 of b
`
	if got := s.trace(); got != want {
		t.Errorf("the trace is\n%swant\n%s", got, want)
	}
}
