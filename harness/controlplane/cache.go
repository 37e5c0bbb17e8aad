package controlplane

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	envAssets = "KUBEBUILDER_ASSETS"
	envCache  = "EDGESIM_CACHE"

	// unfinished is the prefix of a folder in which a build or download works. Its
	// owner holds the lock all along, so whoever gets the lock may remove it: the owner
	// is dead.
	unfinished = "unfinished-"
)

// cache is the folder of what was built or downloaded.
type cache string

// openCache returns the cache without creating it.
func openCache() (cache, error) {
	if root := os.Getenv(envCache); root != "" {
		// go test runs each package in its own folder, so a relative path would give
		// each a cache of its own.
		if !filepath.IsAbs(root) {
			return "", fmt.Errorf("%s is %q: it must be an absolute path", envCache, root)
		}
		return cache(filepath.Join(root, "controlplane")), nil
	}
	root, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder (set HOME, XDG_CACHE_HOME or %s): %w", envCache, err)
	}
	return cache(filepath.Join(root, "edge-device-operator", "controlplane")), nil
}

// built returns the folder for the builds of these versions.
func (c cache) built() string {
	return filepath.Join(string(c), fmt.Sprintf("%s-%s-%s-%s",
		KubernetesVersion, EtcdVersion, runtime.GOOS, runtime.GOARCH))
}

// downloaded returns the folder for a download. Its patch release may differ from
// KubernetesVersion, so it must not be mixed with what was built.
func (c cache) downloaded() string {
	return filepath.Join(string(c), fmt.Sprintf("envtest-%sx-%s-%s",
		kubernetesSeries, runtime.GOOS, runtime.GOARCH))
}

// holds returns the folder of the cache that has all the programs.
func (c cache) holds(programs []program) (folder string, err error) {
	for _, folder := range []string{c.built(), c.downloaded()} {
		if len(lacking(folder, programs)) == 0 {
			return folder, nil
		}
	}
	return "", errLacking(c.built(), programs)
}

// lockFile is locked by whoever changes the cache.
func (c cache) lockFile() string { return filepath.Join(string(c), "lock") }

// sweep removes what dead builds and downloads have left. The caller holds the lock.
func (c cache) sweep() error {
	entries, err := os.ReadDir(string(c))
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), unfinished) {
			errs = append(errs, os.RemoveAll(filepath.Join(string(c), entry.Name())))
		}
	}
	return errors.Join(errs...)
}
