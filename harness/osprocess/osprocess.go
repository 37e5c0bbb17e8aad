// Package osprocess runs programs in real time. On Linux they end with the process that
// started them, however that ends; elsewhere only if it ends in order. The package
// knows no operator and no device.
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

// Options are the options of Start.
type Options struct {
	// Path is the program's path.
	Path string
	// Args are its arguments.
	Args []string
	// Env is its whole environment, in the form of os.Environ.
	Env []string
	// Output receives stdout and stderr, from one goroutine. If it is nil, they are
	// discarded.
	Output io.Writer
}

// Process is a program that was started.
type Process struct {
	cmd    *exec.Cmd
	output *tail.Writer
	done   chan struct{}
}

// lateOutput is how long Done waits for output after the program's end: a child of the
// program may still hold it open.
const lateOutput = 5 * time.Second

// Start starts a program. It returns an error if there is no such program. The
// caller ends it with Kill or Stop.
//
// The program gets a process group of its own, so a Ctrl-C in the terminal reaches only
// the caller, which then ends the program in order.
func Start(o Options) (*Process, error) {
	cmd := exec.Command(o.Path, o.Args...)
	cmd.Env = append([]string{}, o.Env...) // nil would be our own
	output := &tail.Writer{To: o.Output}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = parentDeath()
	cmd.WaitDelay = lateOutput
	// The kernel kills the program with the thread that started it.
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

// ID returns the process id.
func (p *Process) ID() int { return p.cmd.Process.Pid }

// Tail returns the end of the program's output so far, at most 4 KiB.
func (p *Process) Tail() string { return p.output.String() }

// Done is closed once the program has ended and its output is complete.
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

// Kill kills the program and its process group, as kill -9 does, and waits for that. It
// does nothing if the program has ended.
func (p *Process) Kill() {
	if p.State() == nil {
		_ = syscall.Kill(-p.ID(), syscall.SIGKILL) // unless all have ended by now
	}
	<-p.done
}

// Stop sends SIGTERM, as Kubernetes does, and waits for the program to end. After the
// grace period it kills it.
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
