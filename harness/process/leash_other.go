//go:build !linux

package process

import "syscall"

// onLeash does without: nothing here lets a program end with another.
func onLeash() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
