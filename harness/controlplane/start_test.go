package controlplane

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/internal/parentdeath"
	"example.com/edge-device-operator/harness/internal/tail"
)

// realAssets returns the real programs.
func realAssets(t testing.TB) Assets {
	t.Helper()
	if d, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if err := RequireTime(d.Deadline()); err != nil {
			t.Fatal(err)
		}
	}
	found, err := Binaries(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// stones are a small kind of the tests' own.
func stones() *apiextensionsv1.CustomResourceDefinition {
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "stones.test.example.com"},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: "test.example.com",
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "stones", Kind: "Stone"},
			Scope: apiextensionsv1.NamespaceScoped,
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{Type: "object"}},
			}},
		},
	}
}

func stone(name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "test.example.com/v1", "kind": "Stone",
		"metadata": map[string]any{"namespace": "default", "name": name},
	}}
}

// newClient returns a client, whose connections are closed at the end.
func newClient(t testing.TB, config *rest.Config) client.Client {
	t.Helper()
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(httpClient.CloseIdleConnections)
	c, err := client.New(config, client.Options{HTTPClient: httpClient})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestControlPlane(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	assets := realAssets(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("USE_EXISTING_CLUSTER", "true")
	var output tail.Writer
	crd := stones()
	c, err := Start(t.Context(), Options{Assets: assets, CRDs: []*apiextensionsv1.CustomResourceDefinition{crd}, Output: &output})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	if crd.ResourceVersion != "" || len(crd.Status.Conditions) != 0 {
		t.Errorf("the caller's CRD was changed: %v", crd)
	}
	if got := names(t, temp); len(got) != 1 || !strings.HasPrefix(got[0], runPrefix) {
		t.Errorf("the temporary folder holds %q", got)
	}

	config := c.Config()
	config.Host = "changed"
	if again := c.Config(); again.Host == "changed" || again.QPS != -1 || config.QPS != -1 {
		t.Errorf("the configurations share, or have a limit: %v", again)
	}
	if err := newClient(t, c.Config()).Create(t.Context(), stone("one")); err != nil {
		t.Error(err)
	}

	user, err := c.AddUser("jane", "visitors")
	if err != nil {
		t.Fatal(err)
	}
	err = newClient(t, user).Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "one"}, stone("one"))
	if !apierrors.IsForbidden(err) || !strings.Contains(fmt.Sprint(err), `User "jane"`) || user.QPS != -1 {
		t.Errorf("a user without rights, of whom RBAC should say so: %v", err)
	}

	file, err := c.AddUserFile("john")
	if err != nil {
		t.Fatal(err)
	}
	john, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatal(err)
	}
	err = newClient(t, john).Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "one"}, stone("one"))
	if !apierrors.IsForbidden(err) || !strings.Contains(fmt.Sprint(err), `User "john"`) {
		t.Errorf("a user by a file: %v", err)
	}

	etcd, server := c.processes()
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
	if runs(etcd) || runs(server) {
		t.Errorf("still running: %d %t, %d %t", etcd, runs(etcd), server, runs(server))
	}
	if got := names(t, temp); got != nil {
		t.Errorf("the temporary folder still holds %q", got)
	}
	if output.String() == "" {
		t.Error("the programs wrote nothing")
	}
	goleak.VerifyNone(t, ignore)
}

// The thread that calls Start may end while the control plane is used.
func TestStartOnAThreadThatEnds(t *testing.T) {
	assets := realAssets(t)
	var c *ControlPlane
	var wg sync.WaitGroup
	wg.Go(func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		var err error
		if c, err = Start(t.Context(), Options{Assets: assets}); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	if c == nil {
		return
	}
	defer c.Stop()
	etcd, server := c.processes()
	api := newClient(t, c.Config())
	for range 20 { // the thread ends some time after its goroutine
		if err := api.List(t.Context(), &corev1.NamespaceList{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if !runs(etcd) || !runs(server) {
		t.Error("the programs were killed")
	}
}

func TestStartCalledOff(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	assets := realAssets(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	output, result := newLines(), make(chan error)
	go func() {
		_, err := Start(ctx, Options{Assets: assets, Output: output})
		result <- err
	}()
	output.await(t, "Version: "+KubernetesVersion) // written by kube-apiserver
	cancel()
	at := time.Now()
	if err := <-result; err != context.Canceled {
		t.Errorf("returned %v", err)
	}
	if took := time.Since(at); took > 5*time.Second {
		t.Errorf("returned after %v", took)
	}
	if left := commands(temp); left != nil {
		t.Errorf("these run on: %q", left)
	}
	if got := names(t, temp); got != nil {
		t.Errorf("left %q", got)
	}
	goleak.VerifyNone(t, ignore)
}

// scripts are a folder with two programs: scripts, or the real ones for "".
func scripts(t *testing.T, assets Assets, etcdScript, serverScript string) Assets {
	t.Helper()
	dir := t.TempDir()
	for p, text := range map[program]string{etcd: etcdScript, kubeAPIServer: serverScript} {
		at := filepath.Join(dir, p.name)
		var err error
		if text == "" {
			err = os.Symlink(filepath.Join(assets.Dir, p.name), at)
		} else {
			err = os.WriteFile(at, []byte("#!/bin/sh\n"+text), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return Assets{Dir: dir}
}

func TestFailureSaysWhatTheProgramsWrote(t *testing.T) {
	assets := realAssets(t)
	const fails, failsLater = "echo no room on the disk >&2\nexit 1\n", "[ $1 = --version ] || [ $1 = --help ] && exit\necho no room on the disk >&2\nexit 1\n"
	for _, tt := range []struct{ name, etcd, server, said string }{
		{"etcd", fails, "", "etcd --version ended with exit status 1, and wrote:\nno room on the disk"},
		{"kube-apiserver", "", fails, "kube-apiserver --version ended with exit status 1, and wrote:\nno room on the disk"},
		{"etcd, once it is to serve", failsLater, "", "the last that etcd wrote:\nno room on the disk\n"},
		{"kube-apiserver, once it is to serve", "", failsLater, "the last that kube-apiserver wrote:\nno room on the disk\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			_, err := Start(t.Context(), Options{Assets: scripts(t, assets, tt.etcd, tt.server)})
			if err == nil || !strings.Contains(err.Error(), tt.said) {
				t.Errorf("returned %v, without %q", err, tt.said)
			}
			if got := names(t, temp); got != nil {
				t.Errorf("left %q", got)
			}
		})
	}
}

// A program that hangs, or waits for one that does, keeps nobody who calls the
// start off.
func TestStartOfAProgramThatHangsIsCalledOff(t *testing.T) {
	assets := realAssets(t)
	const hangs = "echo hangs >&2\nsleep 1000\n"
	const unless = "[ $1 = --version ] && exit\n"
	const serves = "[ $1 = --version ] || [ $1 = --help ] && exit\n"
	for _, tt := range []struct {
		name, etcd, server string
		ready              string // in what they write, or after a moment if they don't
	}{
		{"etcd", hangs, "", ""},
		{"kube-apiserver", "", hangs, ""},
		{"etcd, where envtest asks it", unless + hangs, "", ""},
		{"kube-apiserver, where envtest asks it", "", unless + hangs, ""},
		{"etcd, once it is to serve", serves + hangs, "", "hangs"},
		{"etcd, once it is to serve, deaf", serves + "trap '' TERM INT\n" + hangs, "", "hangs"},
		{"kube-apiserver, once it is to serve", "", serves + hangs, "hangs"},
		{"what etcd left behind", serves + "sleep 1000 &\necho gone >&2", "", "gone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ignore := goleak.IgnoreCurrent()
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			output, result := newLines(), make(chan error)
			programs := scripts(t, assets, tt.etcd, tt.server)
			go func() {
				_, err := Start(ctx, Options{Assets: programs, Output: output})
				result <- err
			}()
			if tt.ready != "" {
				output.await(t, tt.ready)
			} else {
				eventually(t, "a script hangs", func() bool { return len(commands(programs.Dir))+len(commands(temp)) > 0 })
			}
			cancel()
			select {
			case err := <-result:
				if err != context.Canceled {
					t.Errorf("returned %v", err)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("it isn't called off")
			}
			if left := append(commands(temp), commands(programs.Dir)...); left != nil {
				t.Errorf("these run on: %q", left)
			}
			if got := names(t, temp); got != nil {
				t.Errorf("left %q", got)
			}
			goleak.VerifyNone(t, ignore)
		})
	}
}

// BenchmarkFirstCreate reports how long a start, a stop and the first create of
// an object take, in milliseconds.
func BenchmarkFirstCreate(b *testing.B) {
	assets := realAssets(b)
	var boot, create, stop time.Duration
	for b.Loop() {
		at := time.Now()
		lap := func(sum *time.Duration) { *sum, at = *sum+time.Since(at), time.Now() }
		c, err := Start(b.Context(), Options{Assets: assets, CRDs: []*apiextensionsv1.CustomResourceDefinition{stones()}})
		if err != nil {
			b.Fatal(err)
		}
		lap(&boot)
		if err := newClient(b, c.Config()).Create(b.Context(), stone("first")); err != nil {
			b.Fatal(err)
		}
		lap(&create)
		if err := c.Stop(); err != nil {
			b.Fatal(err)
		}
		lap(&stop)
	}
	for name, sum := range map[string]time.Duration{"boot-ms": boot, "create-ms": create, "stop-ms": stop} {
		b.ReportMetric(float64(sum.Milliseconds())/float64(b.N), name)
	}
}

// processes returns the ids of the two programs.
func (c *ControlPlane) processes() (etcd, server int) {
	etcd, _ = parentdeath.PID(c.etcd)
	server, _ = parentdeath.PID(c.server)
	return etcd, server
}
