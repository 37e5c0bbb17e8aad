package controlplane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// buildFlags never vary, so that one build cache serves every build.
var buildFlags = []string{"-trimpath", "-buildvcs=false",
	"-ldflags", "-s -w -X k8s.io/component-base/version.gitVersion=" + KubernetesVersion}

// build builds programs in a module, and moves each into folder when it is complete. It
// works in a folder of the cache. The caller holds the cache's lock.
func build(ctx context.Context, c cache, folder string, module map[string][]byte, programs []program, r *report) error {
	if _, err := exec.LookPath("go"); err != nil {
		return fmt.Errorf("building needs the Go toolchain: %w", err)
	}
	work, err := os.MkdirTemp(string(c), unfinished)
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	g := goTool{module: filepath.Join(work, "module"), scratch: filepath.Join(work, "scratch")}
	for _, dir := range []string{folder, g.module, g.scratch} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for name, text := range module {
		if err := os.WriteFile(filepath.Join(g.module, name), text, 0o644); err != nil {
			return err
		}
	}

	var paths []string
	for _, p := range programs {
		paths = append(paths, p.path)
	}
	r.say("building in %s from the Go module proxy (about 10 minutes cold on 2 cores)", folder)
	tally := &tally{}
	r.underWay(tally.fetching)
	stale, err := g.run(ctx, tally, append([]string{"list", "-trimpath", "-buildvcs=false", "-deps",
		"-f", "{{if .Stale}}{{.ImportPath}}{{end}}"}, paths...)...)
	if err != nil {
		return err
	}
	tally.expect(len(bytes.Fields(stale)))

	for _, p := range programs {
		r.say("building %s", p.name)
		r.underWay(func() string { return p.name + ": " + tally.compiling() })
		made := filepath.Join(work, p.name)
		args := append([]string{"build", "-v", "-o", made}, buildFlags...)
		if _, err := g.run(ctx, tally, append(args, p.path)...); err != nil {
			return err
		}
		if err := os.Rename(made, filepath.Join(folder, p.name)); err != nil {
			return err
		}
	}
	return nil
}

// goTool runs the go command in a module.
type goTool struct {
	module  string // folder of the module
	scratch string // folder for what the go command would leave in the system's if it's killed
}

// run runs the go command and returns its standard output. If the context ends, the
// command and all its children end, too.
func (g goTool) run(ctx context.Context, t *tally, args ...string) ([]byte, error) {
	// On Linux the go command is killed when the thread that started it ends, so this
	// goroutine keeps its thread until the command is done.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = g.module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GO111MODULE=on",
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "GOTMPDIR="+g.scratch)
	var out bytes.Buffer
	t.forgetMessages()
	cmd.Stdout, cmd.Stderr = &out, t
	endTogether(cmd)
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("go %s: %w", args[0], errors.Join(err, t.messages()))
	}
	return out.Bytes(), nil
}

// firstLines cuts a text that is too long for an error message.
func firstLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > n {
		lines = append(lines[:n], "...")
	}
	return strings.Join(lines, "\n")
}
