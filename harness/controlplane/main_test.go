package controlplane

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// envRole has a test's child, which runs this binary, do something else than
// run tests.
const envRole = "CONTROLPLANE_TEST_ROLE"

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard()) // envtest logs when it tries again
	switch os.Getenv(envRole) {
	case "":
		os.Exit(m.Run())
	case "build":
		_, err := slow().find(context.Background(), os.Stdout)
		fmt.Println("built:", err)
	case "run":
		run()
	}
}

// run starts a control plane, says so, and comes to the end that is read from
// the standard input.
func run() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	c, err := Start(ctx, Options{Assets: Assets{Dir: os.Getenv("CONTROLPLANE_TEST_ASSETS")}})
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	etcd, server := c.processes()
	fmt.Println("started", etcd, server, c.folder.path)
	go func() {
		if word, _ := bufio.NewReader(os.Stdin).ReadString('\n'); word == "panic\n" {
			panic("as asked")
		}
	}()
	<-ctx.Done()
	fmt.Println("stopped:", c.Stop())
}

// child starts this binary in a role.
func child(t *testing.T, role string, env ...string) (cmd *exec.Cmd, in io.Writer, out io.Reader) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self)
	cmd.Env = append(append(os.Environ(), envRole+"="+role), env...)
	in, err = cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err = cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	return cmd, in, out
}

// eventually waits for something that another process does.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// commands returns the command lines of the processes that have a text in it,
// those that have ended but weren't waited for excepted.
func commands(text string) (lines []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		line, _ := os.ReadFile(file)
		if strings.Contains(string(line), text) {
			lines = append(lines, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return lines
}

// runs tells whether a process runs: an ended one that nobody waited for
// doesn't.
func runs(pid int) bool {
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return len(line) > 0 && syscall.Kill(pid, 0) == nil
}

// names returns what a folder holds.
func names(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// lines is a writer that passes on each write, and is never full.
type lines chan string

func newLines() lines { return make(lines, 10000) }

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// await waits for a write that contains a text.
func (l lines) await(t *testing.T, text string) {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		select {
		case line := <-l:
			if strings.Contains(line, text) {
				return
			}
		case <-late:
			t.Fatalf("not written within 30 s: %q", text)
		}
	}
}
