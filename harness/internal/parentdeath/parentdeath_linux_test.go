package parentdeath

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tie is Link for a program of the system.
func tie(t *testing.T, program string, variables ...string) string {
	t.Helper()
	real, err := exec.LookPath(program)
	if err != nil {
		t.Skip(err)
	}
	path, err := Link(t.TempDir(), real, variables...)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProgramGetsItsArgumentsAndOurEnvironment(t *testing.T) {
	t.Setenv("A", "b")
	out, err := exec.Command(tie(t, "env", "A=not this", "E=f g"), "C=d").CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	got := strings.Fields(string(out))
	want := strings.Fields(strings.Join(append(os.Environ(), "C=d", "E=f g"), "\n"))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the environment was %q, want %q", got, want)
	}
}

func TestStatusAndPID(t *testing.T) {
	path := tie(t, "sh")
	if _, err := PID(path); err == nil {
		t.Error("an id before the start")
	}
	cmd := exec.Command(path, "-c", "exit 7")
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("ended with %v", err)
	}
	if pid, err := PID(path); err != nil || pid != cmd.Process.Pid {
		t.Errorf("the id is %d, %v; want %d", pid, err, cmd.Process.Pid)
	}
}

// An owner that died before the program asked for the signal sends none.
func TestDeadOwner(t *testing.T) {
	path := tie(t, "true")
	order, err := os.ReadFile(path + orderSuffix)
	if err != nil {
		t.Fatal(err)
	}
	dead := exec.Command("/proc/self/exe", "-test.run=^$")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(order), "\n")
	if err := os.WriteFile(path+orderSuffix, []byte(strconv.Itoa(dead.Process.Pid)+"\n"+program), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path).CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 127 || !strings.Contains(string(out), "has died") {
		t.Errorf("ended with %v, and wrote %q", err, out)
	}
}

func TestUntie(t *testing.T) {
	path := tie(t, "true")
	if err := Unlink(path); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(path).Run(); err == nil {
		t.Error("started")
	}
}

func TestKill(t *testing.T) {
	path := tie(t, "sleep")
	cmd := exec.Command(path, "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		line, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/comm")
		if err != nil || string(line) == "sleep\n" {
			if _, err := PID(path); err == nil {
				break
			}
		}
	}
	Kill(path)
	_ = cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Errorf("ended with %v", cmd.ProcessState)
	}
	Kill(path) // nobody is there
}

// The id of an ended program may have become another process's.
func TestKillSparesOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sleep")
	other := exec.Command("sleep", "1000")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+pidSuffix, fmt.Appendln(nil, other.Process.Pid, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	Kill(path)
	if err := other.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	if status := other.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v", other.ProcessState)
	}
}

// A script's command line is its interpreter's, and what it started holds its
// output open.
func TestKillEndsAScriptWithAllThatItStarted(t *testing.T) {
	for name, text := range map[string]string{
		"it waits":     "sleep 1000\n",
		"it has ended": "sleep 1000 &\n",
	} {
		t.Run(name, func(t *testing.T) {
			script := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(script, []byte("#!/bin/sh\necho started\n"+text), 0o755); err != nil {
				t.Fatal(err)
			}
			path, err := Link(t.TempDir(), script)
			if err != nil {
				t.Fatal(err)
			}
			out, in, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			cmd := exec.Command(path)
			cmd.Stdout = in
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			in.Close()
			if _, err := fmt.Fscanf(out, "started\n"); err != nil {
				t.Fatal(err)
			}
			if name == "it has ended" {
				if err := cmd.Wait(); err != nil {
					t.Fatal(err)
				}
			}
			Kill(path)
			ended := make(chan error, 1)
			go func() {
				_, err := out.Read(make([]byte, 1)) // until nobody holds the other end
				ended <- err
			}()
			select {
			case err := <-ended:
				if err != io.EOF {
					t.Error(err)
				}
			case <-time.After(10 * time.Second):
				t.Error("what it started still runs")
			}
			_ = cmd.Wait()
		})
	}
}
