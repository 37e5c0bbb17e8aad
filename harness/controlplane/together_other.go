//go:build !linux

package controlplane

import (
	"os/exec"
	"syscall"
	"time"
)

// endTogether makes the end of a command's context the end of the command and
// of what it has started.
func endTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
}
