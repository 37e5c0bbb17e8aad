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

	// unfinished begins the name of a folder that one build or download works
	// in. Whoever holds the lock may remove such a folder, since its owner,
	// which held the lock all along, is dead.
	unfinished = "unfinished-"
)

// cache is the folder that holds what was built or downloaded.
type cache string

// openCache returns the cache without making it.
func openCache() (cache, error) {
	if root := os.Getenv(envCache); root != "" {
		// go test runs each package in its own folder: a relative path would
		// be a cache for each.
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

// built is where the builds of these versions are.
func (c cache) built() string {
	return filepath.Join(string(c), fmt.Sprintf("%s-%s-%s-%s",
		KubernetesVersion, EtcdVersion, runtime.GOOS, runtime.GOARCH))
}

// downloaded is where a download is. Its patch release may be another one than
// KubernetesVersion, so that it mustn't be mixed with what was built.
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

// lockFile is held by whoever changes the cache.
func (c cache) lockFile() string { return filepath.Join(string(c), "lock") }

// sweep removes what dead builds and downloads have left. The caller holds the
// lock.
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
