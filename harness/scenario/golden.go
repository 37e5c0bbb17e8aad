package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Name is the file's name without folder and extension.
func (f *File) Name() string {
	return strings.TrimSuffix(filepath.Base(f.Path), filepath.Ext(f.Path))
}

// DifferenceError says that a run didn't happen as its file tells.
type DifferenceError struct {
	// Path is the file.
	Path string
	// Diff is a unified diff from what the file tells to what happened.
	Diff string
}

// Error shows the diff, and the way out where the change was meant.
func (e *DifferenceError) Error() string {
	return fmt.Sprintf("%s tells another story than what happened:\n%s", e.Path, e.Diff)
}

// Compare returns nil if a run happened as the file tells, or else a
// *DifferenceError.
func (f *File) Compare(res Result) error {
	if res.Output == f.Text() {
		return nil
	}
	return &DifferenceError{f.Path, udiff.Unified(f.Path+" tells", "what happened", f.Text(), res.Output)}
}

// Rewrite writes what happened into the file, and says whether that changed
// it. The old file stays until the new one is whole.
func (f *File) Rewrite(res Result) (changed bool, err error) {
	if res.Output == f.Text() {
		return false, nil
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		return false, err
	}
	temporary, err := os.CreateTemp(filepath.Dir(f.Path), "."+filepath.Base(f.Path)+"-*")
	if err != nil {
		return false, err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.WriteString(res.Output)
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(temporary.Name(), info.Mode())
	}
	if err == nil {
		err = os.Rename(temporary.Name(), f.Path)
	}
	return err == nil, err
}
