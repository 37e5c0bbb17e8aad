package controlplane

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"example.com/edge-device-operator/harness/osprocess"
)

// versionTimeout is how long a program may take to tell its version, which is
// some 50 ms where the machine has nothing else to do.
const versionTimeout = 30 * time.Second

// tryOut has a program tell its version. envtest would run one that can't do
// even that with its output thrown away, and wait for ever where it hangs. It
// returns the context's error if that ended, or what came of it instead.
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
