package controlplane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// slow is a supply like tiny, whose build takes some ten seconds each time.
func slow() supply {
	s := tiny()
	var text bytes.Buffer
	fmt.Fprintf(&text, "package main\n\nfunc main() {}\n\nconst now = %d\n", time.Now().UnixNano())
	for i := range 30000 {
		fmt.Fprintf(&text, "func f%d(a, b []int) (c int) {\n\tfor i := range a {\n\t\tc += a[i] * b[i] %% %d\n\t}\n\treturn c\n}\n", i, i+2)
	}
	s.module["main.go"] = text.Bytes()
	return s
}

// compiling tells whether a compiler works for a build in a cache.
func compiling(c cache) bool {
	return slices.ContainsFunc(commands(string(c)), func(line string) bool { return strings.Contains(line, "/compile ") })
}

// whole checks that a cache has nothing unfinished, and that the next build in
// it works.
func whole(t *testing.T, c cache) {
	t.Helper()
	found, err := tiny().find(t.Context(), nil)
	if err != nil || found != (Assets{c.built(), FromBuild}) {
		t.Fatalf("the next build: %v, %v", found, err)
	}
	if out, err := exec.Command(filepath.Join(found.Dir, kubeAPIServer.name)).CombinedOutput(); string(out) != "tiny\n" {
		t.Errorf("what was built wrote %q, %v", out, err)
	}
	if got := names(t, string(c)); !slices.Equal(got, []string{"lock", filepath.Base(c.built())}) {
		t.Errorf("the cache holds %q", got)
	}
}

func TestBuildInterrupted(t *testing.T) {
	defer goleak.VerifyNone(t)
	c := emptyCache(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan error)
	go func() {
		_, err := slow().find(ctx, nil)
		result <- err
	}()
	eventually(t, "the compiler works", func() bool { return compiling(c) })
	cancel()
	at := time.Now()
	if err := <-result; err != context.Canceled {
		t.Errorf("returned %v", err)
	}
	if took := time.Since(at); took > 2*time.Second {
		t.Errorf("returned after %v, as if the compiler had not been killed", took)
	}
	if left := commands(string(c)); left != nil {
		t.Errorf("these run on: %q", left)
	}
	if got := names(t, string(c)); !slices.Equal(got, []string{"lock", filepath.Base(c.built())}) {
		t.Errorf("the cache holds %q", got)
	}
	if got := names(t, c.built()); got != nil {
		t.Errorf("half a build is there: %q", got)
	}
	whole(t, c)
}

func TestBuildKilled(t *testing.T) {
	c := emptyCache(t)
	cmd, _, _ := child(t, "build")
	eventually(t, "the compiler works", func() bool { return compiling(c) })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the go command has ended", func() bool {
		return !slices.ContainsFunc(commands(string(c)), func(line string) bool { return strings.HasPrefix(line, "go ") })
	})
	if got := names(t, c.built()); got != nil {
		t.Errorf("half a build is there: %q", got)
	}
	if got := names(t, string(c)); len(got) != 3 {
		t.Errorf("the cache holds %q: there's nothing to sweep", got)
	}
	whole(t, c)
}

func TestManyCallersBuildOnce(t *testing.T) {
	defer goleak.VerifyNone(t)
	c := emptyCache(t)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		built int
	)
	for range 4 {
		wg.Go(func() {
			found, err := tiny().find(t.Context(), nil)
			if err != nil || found.Dir != c.built() {
				t.Errorf("found %v, %v", found, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if found.From == FromBuild {
				built++
			}
		})
	}
	wg.Wait()
	if built != 1 {
		t.Errorf("built %d times", built)
	}
}

func TestWaitingForAnother(t *testing.T) {
	defer goleak.VerifyNone(t)
	c := emptyCache(t)
	if err := os.MkdirAll(string(c), 0o755); err != nil {
		t.Fatal(err)
	}
	other, err := tryLock(c.lockFile())
	if err != nil || other == nil {
		t.Fatal(other, err)
	}
	defer other.Close()

	ctx, cancel := context.WithCancel(t.Context())
	progress, result := newLines(), make(chan error)
	go func() {
		_, err := tiny().find(ctx, progress)
		result <- err
	}()
	progress.await(t, "waiting for another process")
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}

	found := make(chan Assets)
	progress = newLines()
	go func() {
		assets, err := tiny().find(t.Context(), progress)
		if err != nil {
			t.Error(err)
		}
		found <- assets
	}()
	progress.await(t, "waiting for another process")
	put(t, c.built(), etcd.name, kubeAPIServer.name)
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-found; got != (Assets{c.built(), FromCache}) {
		t.Errorf("found %v", got)
	}
}

// A build of one program leaves the one that's there.
func TestBuildOnlyWhatIsMissing(t *testing.T) {
	c := emptyCache(t)
	put(t, c.built(), etcd.name)
	progress := newLines()
	if _, err := tiny().find(t.Context(), progress); err != nil {
		t.Fatal(err)
	}
	close(progress)
	for line := range progress {
		if strings.Contains(line, "building etcd") {
			t.Errorf("said %q", line)
		}
	}
	if text, err := os.ReadFile(filepath.Join(c.built(), etcd.name)); err != nil || string(text) != "#!/bin/sh\n" {
		t.Errorf("etcd is %.20q, %v", text, err)
	}
}
