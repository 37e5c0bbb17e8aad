package osprocess

import "syscall"

// onLeash makes the death of the thread that starts a program its death.
func onLeash() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
