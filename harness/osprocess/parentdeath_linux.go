package osprocess

import "syscall"

// parentDeath makes the kernel kill a program when the thread that starts it ends.
func parentDeath() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
