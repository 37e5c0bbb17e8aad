package osprocess

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// envOwner has this binary own a program instead of running tests.
const envOwner = "PROCESS_TEST_OWNER"

func TestMain(m *testing.M) {
	if os.Getenv(envOwner) == "" {
		os.Exit(m.Run())
	}
	p, err := Start(Options{Path: "/bin/sleep", Args: []string{"1000"}})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.ID())
	<-p.Done()
}

func TestAProgramHasItsOwnEnvironmentAndIsHeardToItsEnd(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Setenv("OURS", "1")
	var output bytes.Buffer
	p, err := Start(Options{Path: "/bin/sh", Args: []string{"-c", `echo "$OURS$ITS"; echo wrong >&2; exit 7`}, Env: []string{"ITS=2"}, Output: &output})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if code := p.State().ExitCode(); code != 7 || output.String() != "2\nwrong\n" {
		t.Errorf("exit code %d, and it wrote %q", code, output.String())
	}
	if p.Tail() != "2\nwrong" {
		t.Errorf("the tail is %q", p.Tail())
	}
	p.Kill() // does nothing
	p.Stop(time.Minute)
	if code := p.State().ExitCode(); code != 7 {
		t.Errorf("exit code %d after its end", code)
	}
	goleak.VerifyNone(t, ignore)
}

func TestNoSuchProgram(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	if _, err := Start(Options{Path: "/nowhere/manager"}); err == nil || !strings.HasPrefix(err.Error(), "manager: ") {
		t.Errorf("returned %v", err)
	}
	goleak.VerifyNone(t, ignore)
}

// heard passes on what a program writes.
type heard chan string

func (h heard) Write(p []byte) (int, error) {
	h <- string(p)
	return len(p), nil
}

func TestKillAndStop(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		end          func(*Process)
		signal       syscall.Signal // that ended it, or else
		code         int
	}{
		{"Kill", "echo ready; exec sleep 1000", (*Process).Kill, syscall.SIGKILL, -1},
		{"Stop", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done", func(p *Process) { p.Stop(time.Minute) }, -1, 3},
		{"Kill of one that waits for another", "echo ready; sleep 1000; exit 4", (*Process).Kill, syscall.SIGKILL, -1},
		{"Stop of one that doesn't hear", "trap '' TERM; echo ready; while :; do sleep 0.01; done", func(p *Process) { p.Stop(100 * time.Millisecond) }, syscall.SIGKILL, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			words := make(heard, 10)
			p, err := Start(Options{Path: "/bin/sh", Args: []string{"-c", tt.script}, Env: os.Environ(), Output: words})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Kill()
			if got := <-words; got != "ready\n" || p.State() != nil {
				t.Fatalf("it said %q, and ended with %v", got, p.State())
			}
			at := time.Now()
			tt.end(p)
			if took := time.Since(at); took >= lateOutput {
				t.Errorf("something that it started held it for %v", took)
			}
			status := p.State().Sys().(syscall.WaitStatus)
			if status.Signal() != tt.signal || p.State().ExitCode() != tt.code {
				t.Errorf("ended with %v", p.State())
			}
		})
	}
}

// A program ends with its owner though the owner has no time to see to it, and
// doesn't end with the goroutine that started it.
func TestAProgramEndsWithItsOwnerOnly(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a process with another")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	owner := exec.Command(self)
	owner.Env = append(os.Environ(), envOwner+"=1")
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	var id int
	if _, err := fmt.Fscan(bufio.NewReader(out), &id); err != nil {
		t.Fatal(err)
	}
	if !runs(id) {
		t.Error("the program doesn't run")
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait()
	for deadline := time.Now().Add(10 * time.Second); runs(id); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the program outlives its owner")
		}
	}

	ended := make(chan *Process)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		p, err := Start(Options{Path: "/bin/sleep", Args: []string{"1000"}})
		if err != nil {
			t.Error(err)
		}
		ended <- p
	}()
	p := <-ended
	defer p.Kill()
	select {
	case <-p.Done():
		t.Error("the program ended with the thread that asked for it")
	case <-time.After(200 * time.Millisecond):
	}
}

// runs tells whether a process runs: an ended one that nobody waited for
// doesn't.
func runs(id int) bool {
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", id))
	return len(line) > 0
}
