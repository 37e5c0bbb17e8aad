// Package mutants holds deliberately broken operators. Each is the operator with a
// small edit, built from a copy that the Go tool overlays, so that no edit ever gets
// into a program that ships. "make mutants-by-hand" builds those that are listed here, and
// "make mutants" those that rules make; both play worlds with them, to show that the
// invariants detect them.
package mutants

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mutant is one broken operator.
type Mutant struct {
	// Name says briefly what is broken.
	Name string
	// Edits are the edits that break it.
	Edits []Edit
	// Scenario is the one that detects it, empty for one that is Unscripted.
	Scenario string
	// Caught is the invariant that breaks there, by its type's name; empty for one that is
	// Unscripted and has no file yet.
	Caught string
}

// file is what detects it: the scenario, or what explore has shrunk its violation to, from
// the folder of this package.
func (m Mutant) file() string {
	if m.Scenario != "" {
		return "../" + m.Scenario + ".txt"
	}
	word := func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r >= 'a' && r <= 'z':
			return r
		}
		return -1
	}
	return "testdata/shrunk/" + strings.Map(word, strings.ToLower(m.Name)) + ".txt"
}

// Edit replaces a text that occurs exactly once in one of the operator's files.
type Edit struct {
	// File is its path from the module's root.
	File string
	// Old is replaced with New.
	Old, New string
}

// Apply returns the mutant's complete files, by their paths from the module's root. The
// error says that an edit no longer fits.
func (m Mutant) Apply(root string) (map[string]string, error) {
	files := map[string]string{}
	for _, e := range m.Edits {
		text, edited := files[e.File]
		if !edited {
			b, err := os.ReadFile(filepath.Join(root, e.File))
			if err != nil {
				return nil, fmt.Errorf("mutant %q: %w", m.Name, err)
			}
			text = string(b)
		}
		if n := strings.Count(text, e.Old); n != 1 {
			return nil, fmt.Errorf("mutant %q doesn't fit any more: %s has this %d times, not once:\n%s", m.Name, e.File, n, e.Old)
		}
		files[e.File] = strings.Replace(text, e.Old, e.New, 1)
	}
	return files, nil
}
