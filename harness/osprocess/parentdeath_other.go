//go:build !linux

package osprocess

import "syscall"

// parentDeath does nothing: this system can't end one program with another.
func parentDeath() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
