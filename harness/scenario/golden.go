package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"example.com/edge-device-operator/harness/scenario/syntax"
)

// Name returns the file's name without folder and extension.
func (f *File) Name() string {
	return strings.TrimSuffix(filepath.Base(f.Path), filepath.Ext(f.Path))
}

// DifferenceError says that a run differs from its file.
type DifferenceError struct {
	// Path is the file.
	Path string
	// Diff is a unified diff from the file to the run.
	Diff string
	// Untold says that the file tells nothing yet of what happens.
	Untold bool
}

// Error shows the diff, and what to do if the change is right.
func (e *DifferenceError) Error() string {
	if e.Untold {
		return fmt.Sprintf("%s doesn't tell yet what happens:\n%s", e.Path, e.Diff)
	}
	return fmt.Sprintf("%s tells another story than what happened:\n%s", e.Path, e.Diff)
}

// Compare returns a *DifferenceError if a run differs from the file, else nil.
func (f *File) Compare(res Result) error {
	if res.Output == f.Text() {
		return nil
	}
	untold := !slices.ContainsFunc(f.tree.Blocks, func(b syntax.Block) bool { return b.Happened != "" })
	return &DifferenceError{f.Path, udiff.Unified(f.Path+" tells", "what happened", f.Text(), res.Output), untold}
}

// Rewritable returns nil if the path is a file that can be written, or a chain of links
// to one.
func (f *File) Rewritable() error {
	info, err := os.Stat(f.Path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file that could be rewritten", f.Path)
	case info.Mode()&0o200 == 0: // root could write to it all the same
		return fmt.Errorf("%s is read-only", f.Path)
	}
	file, err := os.OpenFile(f.Path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return file.Close()
}

// Rewrite writes what happened into the file, and says whether that changed it. The
// file is replaced in one step; a link stays a link. If the file isn't Rewritable,
// couldn't be written, or has changed since it was read, Rewrite returns an error and
// leaves it as it is.
func (f *File) Rewrite(res Result) (changed bool, err error) {
	if res.Output == f.Text() {
		return false, nil
	}
	if err := f.Rewritable(); err != nil {
		return false, err
	}
	target, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return false, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return false, err
	}
	text, err := os.ReadFile(target)
	switch {
	case err != nil:
		return false, err
	case string(text) == res.Output:
		return false, nil
	case strings.TrimSuffix(string(text), "\n") != strings.TrimSuffix(f.Text(), "\n"):
		return false, fmt.Errorf("%s has been changed since it was read, and is left as it is", f.Path)
	}
	temporary, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+"-*")
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
		err = os.Rename(temporary.Name(), target)
	}
	return err == nil, err
}
