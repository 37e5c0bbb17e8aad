package second

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/harness/instance"
)

var plane *controlplane.ControlPlane

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	log.SetLogger(logr.Discard())
	ctx := context.Background()
	assets, err := controlplane.Binaries(ctx, os.Stderr)
	if err == nil {
		plane, err = controlplane.Start(ctx, controlplane.Options{Assets: assets})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = plane.Stop() }()
	return m.Run()
}

func TestASiteIsMadeAndRemoved(t *testing.T) {
	w := newWorld(t, asShipped(&Reconciler{}))
	w.start()
	w.must(w.people.Create(t.Context(), w.site("web")))
	w.run(time.Minute)
	if !w.exists(&corev1.Secret{}, "web-credentials") || !w.exists(&corev1.ConfigMap{}, "web-page") {
		t.Errorf("not all was made:\n%s", w.told())
	}
	w.must(w.people.Delete(t.Context(), w.site("web")))
	w.run(time.Minute)
	if w.exists(&corev1.ConfigMap{}, "web") || w.exists(&corev1.Secret{}, "web-credentials") || w.exists(&corev1.ConfigMap{}, "web-page") {
		t.Errorf("something is left:\n%s", w.told())
	}
	const want = `
0s       controller 1 started
0s       web  #1   (1) PATCH /api/v1/namespaces/W/configmaps/web → 200
0s       web  #2   (1) POST /api/v1/namespaces/W/secrets → 201
0s       web  #3   (1) PUT /api/v1/namespaces/W/configmaps/web → 200
0s       web  #4   (1) POST /api/v1/namespaces/W/configmaps → 201
0s       web  #5   (1) PATCH /api/v1/namespaces/W/configmaps/web → 200
1m0s     web  #6   (1) DELETE /api/v1/namespaces/W/configmaps/web-page → 200
1m0s     web  #7   (1) DELETE /api/v1/namespaces/W/secrets/web-credentials → 200
1m0s     web  #8   (1) PUT /api/v1/namespaces/W/configmaps/web → 200
`
	if got := w.told(); squeezed(got) != squeezed(want) {
		t.Errorf("the trace is\n%swant%s", got, want)
	}
}

// squeezed is a text without its columns.
func squeezed(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if fields := strings.Fields(line); len(fields) > 0 {
			lines = append(lines, strings.Join(fields, " "))
		}
	}
	return strings.Join(lines, "\n")
}

// TestTheSameBytes plays a story of many sites, a kill at a create, a restart and
// deletions again and again.
func TestTheSameBytes(t *testing.T) {
	for name, option := range map[string]func(*manager.Options){"read-your-writes off": nil, "read-your-writes on": readYourWrites} {
		t.Run(name, func(t *testing.T) {
			first := ""
			for n := range 30 {
				operator := asShipped(&Reconciler{Mended: true})
				operator.Options = option
				w := newWorld(t, operator)
				w.start()
				for n := range 5 {
					w.must(w.people.Create(t.Context(), w.site(fmt.Sprintf("site-%d", n))))
				}
				w.killAt(instance.After, "site-3", 2)
				w.start()
				w.run(time.Minute)
				for n := range 5 {
					w.must(w.people.Delete(t.Context(), w.site(fmt.Sprintf("site-%d", n))))
				}
				w.run(time.Minute)
				trace := w.told()
				if first == "" {
					first = trace
				}
				if trace != first {
					t.Fatalf("run %d gives\n%s\nthe first\n%s", n+1, trace, first)
				}
				for n := range w.lives {
					w.kill(n)
				}
			}
		})
	}
}

func readYourWrites(o *manager.Options) {
	o.Client.Cache = &client.CacheOptions{EnableReadYourWritesConsistency: new(true)}
}

// TestThePlantedBug kills the controller at each of its requests: only between
// the two creates does a site never get its page.
func TestThePlantedBug(t *testing.T) {
	for _, mended := range []bool{false, true} {
		var lost []string
		for number := 1; number <= 4; number++ {
			for _, side := range []instance.Side{instance.Before, instance.After} {
				w := newWorld(t, asShipped(&Reconciler{Mended: mended}))
				w.start()
				w.must(w.people.Create(t.Context(), w.site("web")))
				w.killAt(side, "web", number)
				w.start()
				w.run(time.Hour)
				if !w.exists(&corev1.ConfigMap{}, "web-page") {
					lost = append(lost, fmt.Sprintf("%s #%d", side, number))
				}
				for n := range w.lives {
					w.kill(n)
				}
			}
		}
		want := "after #2, before #3, after #3, before #4"
		if mended {
			want = ""
		}
		if got := strings.Join(lost, ", "); got != want {
			t.Errorf("mended %t: no page after a kill %q, want %q", mended, got, want)
		}
	}
}
