//go:build !linux

package leash

import "errors"

// Tie returns the program itself.
func Tie(folder, program string) (path string, err error) { return program, nil }

// Untie does nothing.
func Untie(path string) error { return nil }

// PID returns an error.
func PID(path string) (int, error) { return 0, errors.ErrUnsupported }

// Kill does nothing: there's nothing by which to know the process.
func Kill(path string) {}
