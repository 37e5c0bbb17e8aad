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
	// Source is the fingerprint of the file that was mutated.
	Source string `json:"source"`
	// Mutant identifies the mutant, as unfound.txt does.
	Mutant  string  `json:"mutant"`
	Finding Finding `json:"finding"`
}

// fingerprint identifies the text of a file that is mutated.
func fingerprint(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// readFindings returns what a journal knows of mutants, by their numbers. What was found
// of one holds until its own file is edited.
func readFindings(t *testing.T, path string, all []mutation) map[int]Finding {
	t.Helper()
	last := map[[2]string]Finding{}
	for _, l := range readLines[journalLine](t, path) {
		last[[2]string{l.Source, l.Mutant}] = l.Finding
	}
	known, source := map[int]Finding{}, map[string]string{}
	exact, _ := keys(all)
	for _, m := range all {
		if source[m.File] == "" {
			source[m.File] = fingerprint(t, m.File)
		}
		if f, ok := last[[2]string{source[m.File], exact[m.Number]}]; ok {
			known[m.Number] = f
		}
	}
	return known
}

// noteFinding adds what a mutant came to to the journal. The key is the one of keys.
func noteFinding(t *testing.T, path, file, key string, f Finding) {
	t.Helper()
	addLine(t, path, journalLine{fingerprint(t, file), key, f})
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

// TestFindingsAreKept writes findings, and reads back those of files that are as they were.
func TestFindingsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	all := []mutation{{Number: 7, File: status, What: "delete: x"}, {Number: 8, File: status, What: "delete: x"}, {Number: 9, File: decide, What: "delete: x"}}
	exact, _ := keys(all)
	noteFinding(t, path, status, exact[8], Finding{By: ByNothing})
	noteFinding(t, path, status, exact[8], Finding{By: ByTest})
	addLine(t, path, journalLine{"another text", exact[9], Finding{By: ByTest}})
	if known := readFindings(t, path, all); len(known) != 1 || known[8].By != ByTest {
		t.Errorf("%v", known)
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
