package mutants

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// journalLine is what one mutant came to.
type journalLine struct {
	// Build is the fingerprint of what was mutated.
	Build   string   `json:"build"`
	Mutant  mutation `json:"mutant"`
	Finding Finding  `json:"finding"`
}

// fingerprint identifies the mutants of a build: the mutated files and the mutations.
func fingerprint(t *testing.T, folder string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(folder, "*_*.go"))
	if err != nil || len(all) == 0 {
		t.Fatalf("%d mutated files (%v)", len(all), err)
	}
	all = append(all, filepath.Join(folder, "mutations.json"))
	slices.Sort(all)
	sum := sha256.New()
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(text) // never an error
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// readFindings returns what a journal knows of the mutants of a build, by their numbers.
func readFindings(t *testing.T, path, build string) map[int]Finding {
	t.Helper()
	known := map[int]Finding{}
	if path == "" {
		return known
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return known
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var l journalLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			continue // a line that was cut off
		}
		if l.Build == build {
			known[l.Mutant.Number] = l.Finding
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return known
}

// noteFinding adds a line to the journal, if there is one.
func noteFinding(t *testing.T, path, build string, m mutation, f Finding) {
	t.Helper()
	if path == "" {
		return
	}
	line, err := json.Marshal(journalLine{build, m, f})
	if err != nil {
		t.Error(err)
		return
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Error(err)
		return
	}
	_, err = file.Write(append(line, '\n'))
	if err := errors.Join(err, file.Close()); err != nil {
		t.Error(err)
	}
}
