// Package portcache lets a program start where envtest, which it links, can't
// keep its cache of ports. An init function of envtest makes a folder for it, in
// the user's cache folder or else in the temporary one, and panics if neither
// can be had; but whoever wants no control plane needs no such folder.
//
// It imports almost nothing, so that it's initialized before envtest.
package portcache

import (
	"fmt"
	"os"
	"path/filepath"
)

// lent is the temporary folder that envtest was given, if any, and own what the
// environment had instead.
var (
	lent, own string
	hasOwn    bool
)

func init() {
	cache, err := os.UserCacheDir()
	if err == nil && takes(cache) || takes(os.TempDir()) {
		return
	}
	candidates := []string{"/tmp", "/dev/shm", "/var/tmp", "."}
	for _, folder := range candidates {
		if lent, err = os.MkdirTemp(folder, "edgesim-ports-"); err == nil {
			own, hasOwn = os.LookupEnv("TMPDIR")
			err = os.Setenv("TMPDIR", lent)
		}
		if err == nil {
			return
		}
	}
	fmt.Fprintf(os.Stderr, "no folder can be made, neither in the user's cache folder nor in %s nor in any of %q, and envtest panics then\n", os.TempDir(), candidates)
}

// takes tells whether envtest can have its folder in a folder.
func takes(folder string) bool {
	return os.MkdirAll(filepath.Join(folder, "kubebuilder-envtest"), 0o750) == nil
}

// Restore takes back what envtest was given for its start. Whoever imports
// envtest calls it in an init function.
func Restore() {
	if lent == "" {
		return
	}
	_ = os.RemoveAll(lent)
	if hasOwn {
		_ = os.Setenv("TMPDIR", own)
	} else {
		_ = os.Unsetenv("TMPDIR")
	}
}
