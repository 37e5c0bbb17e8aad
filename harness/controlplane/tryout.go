package controlplane

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"example.com/edge-device-operator/harness/osprocess"
)

// versionTimeout bounds the time in which a program prints its version, which takes
// about 50 ms on an idle machine.
const versionTimeout = 30 * time.Second

// tryOut makes a program print its version. If a program can't do even that, envtest
// would discard its output, or wait for ever if it hangs. tryOut returns the context's
// error if that ended, or an error with the program's output.
func (p program) tryOut(ctx context.Context, folder string) error {
	path := filepath.Join(folder, p.name)
	run, err := osprocess.Start(osprocess.Options{Path: path, Args: []string{"--version"}, Env: os.Environ()})
	if err != nil {
		return err
	}
	late := time.NewTimer(versionTimeout)
	defer late.Stop()
	select {
	case <-run.Done():
	case <-ctx.Done():
		run.Kill()
		return ctx.Err()
	case <-late.C:
		run.Kill()
		return fmt.Errorf("%s --version didn't end within %v, and wrote:\n%s", path, versionTimeout, run.Tail())
	}
	if !run.State().Success() {
		return fmt.Errorf("%s --version ended with %v, and wrote:\n%s", path, run.State(), run.Tail())
	}
	return nil
}
