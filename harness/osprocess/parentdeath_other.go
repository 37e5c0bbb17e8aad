//go:build !linux

package osprocess

import "syscall"

// onLeash does without: nothing here lets a program end with another.
func onLeash() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
