// Package osprocess runs programs in real time, as processes that end when the
// process that started them ends, however that one ends (on Linux; elsewhere
// only if it ends in order). It knows no operator and no device.
package osprocess

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"example.com/edge-device-operator/harness/internal/parentdeath"
	"example.com/edge-device-operator/harness/internal/tail"
)

// Options are what a program is started with.
type Options struct {
	// Path is the program's.
	Path string
	// Args are its arguments.
	Args []string
	// Env is its whole environment, as os.Environ has it.
	Env []string
	// Output gets what it writes to stdout and stderr, from one goroutine. Nil
	// is nobody.
	Output io.Writer
}

// Process is a program that was started.
type Process struct {
	cmd    *exec.Cmd
	output *tail.Writer
	done   chan struct{}
}

// lateOutput is how long a program's output is waited for after its end, which
// something that it started may hold open.
const lateOutput = 5 * time.Second

// Start starts a program. It returns an error if there is no such program. The
// caller ends it with Kill or Stop.
//
// It gets a process group of its own: a Ctrl-C in the terminal is for its owner,
// who ends it in order.
func Start(o Options) (*Process, error) {
	cmd := exec.Command(o.Path, o.Args...)
	cmd.Env = append([]string{}, o.Env...) // nil would be our own
	output := &tail.Writer{To: o.Output}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = onLeash()
	cmd.WaitDelay = lateOutput
	// The kernel ends the program with the thread that started it.
	thread := parentdeath.NewThread()
	started := make(chan error)
	thread.Start(func() { started <- cmd.Start() })
	if err := <-started; err != nil {
		thread.End()
		return nil, fmt.Errorf("%s: %w", filepath.Base(o.Path), err)
	}
	p := &Process{cmd, output, make(chan struct{})}
	go func() {
		_ = cmd.Wait() // State tells
		thread.End()
		close(p.done)
	}()
	return p, nil
}

// ID is its process id.
func (p *Process) ID() int { return p.cmd.Process.Pid }

// Tail is the end of what the program wrote so far, at most 4 KiB.
func (p *Process) Tail() string { return p.output.String() }

// Done is closed once the program has ended and all that it wrote has come.
func (p *Process) Done() <-chan struct{} { return p.done }

// State says how the program ended. It is nil until Done is closed.
func (p *Process) State() *os.ProcessState {
	select {
	case <-p.done:
		return p.cmd.ProcessState
	default:
		return nil
	}
}

// Kill ends the program at once, as kill -9 does, with all that it started in
// its process group, and waits for that. One that has ended stays as it is.
func (p *Process) Kill() {
	if p.State() == nil {
		_ = syscall.Kill(-p.ID(), syscall.SIGKILL) // unless all have ended by now
	}
	<-p.done
}

// Stop asks the program to end, as Kubernetes does (SIGTERM), and waits for
// that; it kills one that takes longer than the grace.
func (p *Process) Stop(grace time.Duration) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // unless it has ended
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-p.done:
	case <-late.C:
		p.Kill()
	}
}
