package docs_test

import (
	"bufio"
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// clone is a copy of the repository, without what was built in it. Commands
// run there, so that nothing changes in the repository itself.
type clone struct {
	folder string
	there  repository
}

func newClone(t *testing.T) clone {
	t.Helper()
	c := clone{folder: filepath.Join(t.TempDir(), "edge-device-operator"), there: survey(t)}
	err := filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fromRoot, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		to := filepath.Join(c.folder, fromRoot)
		switch name := d.Name(); {
		case name == ".git" || name == ".bin":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shell is a command line in the clone. Nothing of the make that may run this
// test reaches it.
func (c clone) shell(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir = c.folder
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); name != "MAKEFLAGS" && name != "MFLAGS" && name != "MAKELEVEL" {
			cmd.Env = append(cmd.Env, v)
		}
	}
	// What a command started ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// run runs a command line that has to succeed, and returns what it wrote.
func (c clone) run(t *testing.T, line string) (stdout, stderr string) {
	t.Helper()
	cmd := c.shell(t.Context(), line)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", line, err, &out, &errs)
	}
	return out.String(), errs.String()
}

// firstLine runs a command that doesn't end by itself until it has written a
// line, which is returned.
func (c clone) firstLine(t *testing.T, line string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := c.shell(ctx, line+" 2>&1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	cancel()
	_ = cmd.Wait() // it was ended
	if err != nil {
		t.Fatalf("%s wrote %q: %v", line, said, err)
	}
	return strings.TrimSuffix(said, "\n")
}

func (c clone) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c clone) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
