//go:build !linux

package controlplane

import (
	"os/exec"
	"syscall"
	"time"
)

// endTogether makes a command and its children end with its context.
func endTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
}
