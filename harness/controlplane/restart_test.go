package controlplane

import (
	"errors"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What was stored survives the death of either program, and whoever was
// connected, a user without rights too, can go on with what they had.
func TestKillAndRestart(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	assets := realAssets(t)
	t.Setenv("TMPDIR", t.TempDir())
	c, err := Start(t.Context(), Options{Assets: assets, CRDs: []*apiextensionsv1.CustomResourceDefinition{stones()}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	raw, err := rest.HTTPClientFor(c.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.CloseIdleConnections()
	jane, err := c.AddUser("jane")
	if err != nil {
		t.Fatal(err)
	}
	admin, visitor := newClient(t, c.Config()), newClient(t, jane)
	create := func(name string) string {
		t.Helper()
		s := stone(name)
		if err := admin.Create(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		return s.GetResourceVersion()
	}
	stored := map[string]string{}
	holds := func() {
		t.Helper()
		res, err := raw.Get(strings.TrimSuffix(c.Config().Host, "/") + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("/readyz is answered with %s", res.Status)
		}
		for name, version := range stored {
			s := stone(name)
			if err := admin.Get(t.Context(), client.ObjectKeyFromObject(s), s); err != nil || s.GetResourceVersion() != version {
				t.Errorf("%s is at %q, %v; it was at %q", name, s.GetResourceVersion(), err, version)
			}
		}
		if err := visitor.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "one"}, stone("one")); !apierrors.IsForbidden(err) {
			t.Errorf("a user without rights: %v", err)
		}
	}
	etcd, server := c.processes()

	stored["one"] = create("one")
	if err := c.KillAPIServer(); err != nil {
		t.Fatal(err)
	}
	if runs(server) || !runs(etcd) {
		t.Errorf("after the API server's death: it runs %t, etcd %t", runs(server), runs(etcd))
	}
	if err := admin.Get(t.Context(), client.ObjectKeyFromObject(stone("one")), stone("one")); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a dead API server: %v", err)
	}
	if err := c.RestartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	holds()

	stored["two"] = create("two")
	if err := c.KillEtcd(); err != nil {
		t.Fatal(err)
	}
	if runs(etcd) {
		t.Error("etcd runs after its death")
	}
	if err := c.RestartEtcd(t.Context()); err != nil {
		t.Fatal(err)
	}
	holds()

	// Both at once: a graceful end of kube-apiserver would wait for etcd. And one
	// that still runs.
	stored["three"] = create("three")
	for _, step := range []func() error{c.KillEtcd, c.KillAPIServer, func() error { return c.RestartEtcd(t.Context()) }, func() error { return c.RestartAPIServer(t.Context()) }} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	holds()
	at := time.Now()
	if err := c.RestartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("the API server is ready %v after its death", time.Since(at))
	holds()

	if err := c.KillEtcd(); err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		t.Errorf("the end of a plane without etcd: %v", err)
	}
	if left := commands(c.folder.path); left != nil {
		t.Errorf("these run on: %q", left)
	}
	goleak.VerifyNone(t, ignore)
}
