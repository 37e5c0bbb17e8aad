package controlplane

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// tiny is a supply of two small programs, which nobody publishes.
func tiny() supply {
	return supply{
		programs: []program{{etcd.name, "example.com/tiny"}, {kubeAPIServer.name, "example.com/tiny"}},
		module: map[string][]byte{
			"go.mod":  []byte("module example.com/tiny\n\ngo 1.26\n"),
			"main.go": []byte("package main\n\nfunc main() { println(\"tiny\") }\n"),
		},
		every: time.Hour,
	}
}

// emptyCache has the test find nothing, and returns its cache.
func emptyCache(t *testing.T) cache {
	t.Helper()
	t.Setenv(envAssets, "")
	t.Setenv(envCache, t.TempDir())
	c, err := openCache()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// put makes files that may be run.
func put(t *testing.T, folder string, names ...string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// publish serves an index of releases, whose archive holds the named files.
func publish(t *testing.T, releases []string, files ...string) published {
	t.Helper()
	var packed bytes.Buffer
	plain := gzip.NewWriter(&packed)
	archive := tar.NewWriter(plain)
	for _, name := range files {
		text := []byte("#!/bin/sh\n")
		header := &tar.Header{Name: "controller-tools/envtest/" + name, Mode: 0o755, Size: int64(len(text)), Typeflag: tar.TypeReg}
		if err := errors.Join(archive.WriteHeader(header), func() error { _, err := archive.Write(text); return err }()); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), plain.Close()); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	all.WriteString("releases:\n")
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for _, release := range releases {
		name := fmt.Sprintf("envtest-%s-%s-%s.tar.gz", release, runtime.GOOS, runtime.GOARCH)
		fmt.Fprintf(&all, "  %s:\n    %s:\n      hash: %x\n      selfLink: %s/%s\n",
			release, name, sha512.Sum512(packed.Bytes()), server.URL, name)
		mux.HandleFunc("/"+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(packed.Bytes()) })
	}
	mux.HandleFunc("/index", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, all.String()) })
	return published{server.URL + "/index", time.Minute}
}

func TestVersionsAreThoseOfTheModule(t *testing.T) {
	text := string(moduleFiles()["go.mod"])
	for _, want := range []string{"k8s.io/kubernetes " + KubernetesVersion, "go.etcd.io/etcd/server/v3 " + EtcdVersion} {
		if !strings.Contains(text, "\t"+want+"\n") {
			t.Errorf("build/go.mod.txt doesn't require %s", want)
		}
	}
	if !strings.HasPrefix(KubernetesVersion, kubernetesSeries) {
		t.Errorf("%s is not of the series %s", KubernetesVersion, kubernetesSeries)
	}
}

// Each way is tried only if those before it have nothing.
func TestOrder(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) }) // after the server's own cleanup
	c := emptyCache(t)
	s := tiny()
	find := func(from, dir string) {
		t.Helper()
		found, err := s.find(t.Context(), nil)
		if want := (Assets{dir, from}); err != nil || found != want {
			t.Fatalf("found %v, %v; want %v", found, err, want)
		}
	}
	find(FromBuild, c.built())
	find(FromCache, c.built())
	if err := os.RemoveAll(c.built()); err != nil {
		t.Fatal(err)
	}
	s.from = publish(t, []string{"v1.37.0"}, etcd.name, kubeAPIServer.name, kubectl.name)
	find(FromDownload, c.downloaded())
	find(FromCache, c.downloaded())
	put(t, c.built(), etcd.name, kubeAPIServer.name)
	find(FromCache, c.built())
	dir := t.TempDir()
	put(t, dir, etcd.name, kubeAPIServer.name)
	t.Setenv(envAssets, dir)
	find(FromEnvironment, dir)
	if got := names(t, string(c)); len(got) != 3 {
		t.Errorf("the cache holds %q, want the lock and two folders", got)
	}
}

func TestWrongEnvironmentIsNotSkipped(t *testing.T) {
	c := emptyCache(t)
	put(t, c.built(), etcd.name, kubeAPIServer.name)
	dir := t.TempDir()
	put(t, dir, etcd.name)
	t.Setenv(envAssets, dir)
	_, err := Binaries(t.Context(), nil)
	for _, want := range []string{envAssets, "kube-apiserver", dir, "unset"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v doesn't say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "no executable etcd") {
		t.Errorf("%v says that etcd is missing", err)
	}
	if timeErr := RequireTime(time.Now().Add(time.Hour), true); timeErr == nil || timeErr.Error() != err.Error() {
		t.Errorf("RequireTime returned %v", timeErr)
	}
	_, err = Kubectl(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "no executable kubectl") {
		t.Errorf("Kubectl returned %v", err)
	}
}

// A file that can't be run is none.
func TestLacking(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, etcd.name)
	if err := os.WriteFile(filepath.Join(dir, kubeAPIServer.name), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := lacking(dir, []program{etcd, kubeAPIServer}); !slices.Equal(got, []program{kubeAPIServer}) {
		t.Errorf("lacking %v", got)
	}
}

func TestErrorSaysWhyEachWayFailed(t *testing.T) {
	c := emptyCache(t)
	s := tiny()
	s.from = publish(t, []string{"v1.36.0", "v1.37.0-rc.1"})
	s.module["main.go"] = []byte("package main\n\nfunc main() { undefinedName() }\n")
	_, err := s.find(t.Context(), nil)
	for _, want := range []string{
		"etcd and kube-apiserver can't be had", envAssets + ": not set",
		"cache: no executable etcd, no kube-apiserver in " + c.built(),
		"download: " + s.from.index + ": no release v1.37.x",
		"build: go build: exit status 1", "undefined: undefinedName",
		"make setup", "GOPROXY",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in: %v", want, err)
		}
	}
	if got := names(t, string(c)); !slices.Equal(got, []string{"lock", filepath.Base(c.built())}) {
		t.Errorf("the cache holds %q", got)
	}
}

func TestNoGo(t *testing.T) {
	emptyCache(t)
	t.Setenv("PATH", t.TempDir())
	_, err := tiny().find(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "building needs the Go toolchain") {
		t.Errorf("returned %v", err)
	}
}

func TestNoCacheFolder(t *testing.T) {
	t.Setenv(envAssets, "")
	t.Setenv(envCache, "")
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	_, err := Binaries(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "set HOME, XDG_CACHE_HOME or "+envCache) {
		t.Errorf("without any: %v", err)
	}
	t.Setenv("XDG_CACHE_HOME", "/somewhere")
	if c, err := openCache(); err != nil || c != "/somewhere/edge-device-operator/controlplane" {
		t.Errorf("with XDG_CACHE_HOME: %v, %v", c, err)
	}
	t.Setenv(envCache, "/elsewhere")
	if c, err := openCache(); err != nil || c != "/elsewhere/controlplane" {
		t.Errorf("with %s: %v, %v", envCache, c, err)
	}
	t.Setenv(envCache, "relative")
	if _, err := openCache(); err == nil {
		t.Error("a relative path was taken")
	}
}

func TestRequireTime(t *testing.T) {
	c := emptyCache(t)
	if err := RequireTime(time.Now().Add(19*time.Minute), true); err == nil || !strings.Contains(err.Error(), "make setup") {
		t.Errorf("with 19 minutes left: %v", err)
	}
	if err := RequireTime(time.Now().Add(21*time.Minute), true); err != nil {
		t.Errorf("with 21 minutes left: %v", err)
	}
	if err := RequireTime(time.Time{}, false); err != nil {
		t.Errorf("without a deadline: %v", err)
	}
	put(t, c.built(), etcd.name, kubeAPIServer.name)
	if err := RequireTime(time.Now(), true); err != nil {
		t.Errorf("with the programs there: %v", err)
	}
}

func TestKubectlIsBuiltBesideTheOthers(t *testing.T) {
	c := emptyCache(t)
	put(t, c.built(), etcd.name, kubeAPIServer.name)
	s := tiny()
	s.programs = []program{{kubectl.name, "example.com/tiny"}}
	if found, err := s.find(t.Context(), nil); err != nil || found != (Assets{c.built(), FromBuild}) {
		t.Fatalf("found %v, %v", found, err)
	}
	if path, err := Kubectl(t.Context(), nil); err != nil || path != filepath.Join(c.built(), kubectl.name) {
		t.Errorf("Kubectl returned %v, %v", path, err)
	}
	if got := lacking(c.built(), []program{etcd, kubeAPIServer}); got != nil {
		t.Errorf("the others are gone: %v", got)
	}
}

func TestDownloadTakesTheLatestOfTheSeries(t *testing.T) {
	var i index
	i.Releases = map[string]map[string]struct {
		Hash     string `json:"hash"`
		SelfLink string `json:"selfLink"`
	}{"v1.37.2": nil, "v1.37.10": nil, "v1.38.0": nil, "v1.37.11-rc.0": nil, "nonsense": nil}
	if got, err := i.latest(); err != nil || got != "v1.37.10" {
		t.Errorf("latest is %v, %v", got, err)
	}
}

func TestBadDownloads(t *testing.T) {
	all := []string{etcd.name, kubeAPIServer.name}
	// altered serves the index of another publication with some text replaced.
	altered := func(p published, old, new string) published {
		text, err := p.fetch(t.Context(), p.index)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.Replace(string(text), old, new, 1))
		}))
		t.Cleanup(server.Close)
		return published{server.URL, time.Minute}
	}
	for _, tt := range []struct {
		name string
		from published
		want string
	}{
		{"wrong hash", altered(publish(t, []string{"v1.37.0"}, all...), "hash: ", "hash: 0"), "SHA-512"},
		{"other platform", altered(publish(t, []string{"v1.37.0"}, all...), runtime.GOARCH+".tar.gz:", "other.tar.gz:"), "no envtest-v1.37.0"},
		{"incomplete", publish(t, []string{"v1.37.0"}, etcd.name), "no executable kube-apiserver"},
		{"not found", altered(publish(t, []string{"v1.37.0"}, all...), "selfLink: ", "selfLink: http://127.0.0.1:1/"), "connection refused"},
		{"not an index", altered(publish(t, nil), "releases:", "[]"), "cannot unmarshal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := emptyCache(t)
			if err := os.MkdirAll(string(c), 0o755); err != nil {
				t.Fatal(err)
			}
			r := newReport(nil, time.Hour)
			defer r.end()
			err := tt.from.download(t.Context(), c, c.downloaded(), tiny().programs, r)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("returned %v, want %q", err, tt.want)
			}
			if got := names(t, string(c)); got != nil {
				t.Errorf("left %q", got)
			}
		})
	}
}

// A server that says nothing is given up; one that goes on is not.
func TestStall(t *testing.T) {
	defer goleak.VerifyNone(t)
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/silent" {
			<-stop
			return
		}
		for range 6 {
			time.Sleep(500 * time.Millisecond)
			fmt.Fprint(w, ".")
			w.(http.Flusher).Flush()
		}
		if request.URL.Path == "/stuck" {
			<-stop
		}
	}))
	defer server.Close()
	defer close(stop)
	for path, want := range map[string]error{"/silent": errStalled, "/stuck": errStalled, "/slow": nil} {
		t.Run(path, func(t *testing.T) {
			body, err := published{stall: 2 * time.Second}.fetch(t.Context(), server.URL+path)
			if !errors.Is(err, want) {
				t.Errorf("returned %v, want %v", err, want)
			}
			if err == nil && string(body) != "......" {
				t.Errorf("got %q", body)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (published{stall: time.Minute}).fetch(ctx, server.URL+"/silent"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
