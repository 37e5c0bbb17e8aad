//go:build !linux

package parentdeath

import "errors"

// Link returns the program itself, which gets no variables.
func Link(folder, program string, variables ...string) (path string, err error) { return program, nil }

// Unlink does nothing.
func Unlink(path string) error { return nil }

// PID returns an error.
func PID(path string) (int, error) { return 0, errors.ErrUnsupported }

// Kill does nothing, since the process can't be identified.
func Kill(path string) {}
