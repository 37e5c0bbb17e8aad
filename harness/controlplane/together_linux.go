package controlplane

import (
	"os/exec"
	"syscall"
	"time"
)

// endTogether makes the end of a command's context, or of this process, the
// end of the command; the former ends also what the command has started.
func endTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
}
