package mutants

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
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
	for _, l := range readLines[journalLine](t, path) {
		if l.Build == build {
			known[l.Mutant.Number] = l.Finding
		}
	}
	return known
}

// noteFinding adds what a mutant came to to the journal.
func noteFinding(t *testing.T, path, build string, m mutation, f Finding) {
	t.Helper()
	addLine(t, path, journalLine{build, m, f})
}

// rowLine is a row of the table of what explore finds.
type rowLine struct {
	// Operator is the fingerprint of the operator that was mutated.
	Operator string `json:"operator"`
	Mutant   string `json:"mutant"`
	Row      string `json:"row"`
}

// operatorPrint identifies the operator and the mutants that are made of it by hand.
func operatorPrint(t *testing.T) string {
	t.Helper()
	sum := sha256.New()
	for _, m := range slices.Concat(All, Unscripted) {
		files, err := m.Apply(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range slices.Sorted(maps.Keys(files)) {
			sum.Write([]byte(files[path])) // never an error
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// readRows returns the rows that a journal has of this operator, by the mutants' names.
func readRows(t *testing.T, path string) map[string]string {
	t.Helper()
	rows, operator := map[string]string{}, operatorPrint(t)
	for _, l := range readLines[rowLine](t, path) {
		if l.Operator == operator {
			rows[l.Mutant] = l.Row
		}
	}
	return rows
}

// noteRow adds a row to the journal.
func noteRow(t *testing.T, path, mutant, row string) {
	t.Helper()
	addLine(t, path, rowLine{operatorPrint(t), mutant, row})
}

// readLines reads the lines of JSON of a journal, none if there is none. The last one may
// have been cut off.
func readLines[T any](t *testing.T, path string) (all []T) {
	t.Helper()
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var l T
		if json.Unmarshal(line, &l) == nil {
			all = append(all, l)
		}
	}
	return all
}

// addLine adds a line of JSON to a journal, if there is one.
func addLine(t *testing.T, path string, of any) {
	t.Helper()
	if path == "" {
		return
	}
	line, err := json.Marshal(of)
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

// TestRowsAreKept writes rows, and reads those of this operator back.
func TestRowsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	noteRow(t, path, "one", "| one |\n")
	addLine(t, path, rowLine{"another operator", "two", "| two |\n"})
	noteRow(t, path, "three", "| three |\n")
	if rows := readRows(t, path); len(rows) != 2 || rows["one"] != "| one |\n" || rows["three"] == "" {
		t.Errorf("%v", rows)
	}
	if rows := readRows(t, path+".none"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}
