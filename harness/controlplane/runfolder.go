package controlplane

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

const runPrefix = "edge-device-controlplane-"

// runFolder is the temporary folder of one control plane. Its owner holds a lock on it.
// When the owner is dead, whoever gets the lock may remove the folder.
type runFolder struct {
	path string
	lock *os.File
}

// newRunFolder creates a folder in the system's temporary folder.
func newRunFolder() (runFolder, error) {
	for {
		path, err := os.MkdirTemp("", runPrefix)
		if err != nil {
			return runFolder{}, err
		}
		held, err := tryLockFolder(path)
		if held == nil && (err == nil || errors.Is(err, fs.ErrNotExist)) {
			continue // someone sweeps it, since it had no lock yet
		}
		if err != nil {
			return runFolder{}, errors.Join(err, os.RemoveAll(path))
		}
		if _, err := os.Stat(path); err != nil { // swept before it was locked
			held.Close()
			continue
		}
		return runFolder{path, held}, nil
	}
}

// sub creates a subfolder.
func (f runFolder) sub(name string) (string, error) {
	path := filepath.Join(f.path, name)
	return path, os.Mkdir(path, 0o700)
}

// remove removes the folder and releases the lock.
func (f runFolder) remove() error {
	return errors.Join(os.RemoveAll(f.path), f.lock.Close())
}

// sweepRunFolders removes the folders of dead owners. A folder that can't be removed is
// left for the next sweep: it may be another user's, or its programs may not have ended
// yet.
func sweepRunFolders() {
	paths, _ := filepath.Glob(filepath.Join(os.TempDir(), runPrefix+"*"))
	for _, path := range paths {
		if held, _ := tryLockFolder(path); held != nil {
			_ = runFolder{path, held}.remove()
		}
	}
}
