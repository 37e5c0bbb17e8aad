package mutants

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/osprocess"
)

var explored = flag.Bool("mutants.explored", false, "have explore find the mutants, from three plain scenarios")

var merged = flag.Bool("mutants.merged", false, "compare what kills find of the mutants, merged and not")

// exploredRuns is how many runs explore has to find a mutant.
const exploredRuns = 3000

// TestExploreFindsMutants has explore find mutants without the scenarios that were written
// for them: from three plain ones, with faults and random worlds.
func TestExploreFindsMutants(t *testing.T) {
	if !*explored {
		t.Skip("make mutants-explored does it, which takes long")
	}
	all := drawn(t, slices.Concat(All, Unscripted))
	if _, err := controlplane.Binaries(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	plain := plainScenarios(t)
	var mu sync.Mutex
	rows := readRows(t, *journalPath)
	t.Cleanup(func() {
		var table strings.Builder
		fmt.Fprintln(&table, "| mutant | the scenarios find | explore finds | in runs | in | lines |\n|---|---|---|---|---|---|")
		for _, m := range all {
			table.WriteString(rows[m.Name])
		}
		fmt.Printf("%s\n%d of %d mutants found\n", &table, strings.Count(table.String(), "\n")-2, len(all))
	})
	t.Run("", func(t *testing.T) {
		for _, m := range all {
			if rows[m.Name] != "" {
				continue // an earlier run has found it
			}
			t.Run(m.Name, func(t *testing.T) {
				t.Parallel()
				scripted := "nothing"
				if m.Scenario != "" {
					scripted = m.Caught
				}
				program, began := build(t, m), time.Now()
				runs, promise, shrunk := find(t, program, plain)
				if promise == "" && m.Scenario == "" {
					first := runs
					runs, promise, shrunk = find(t, program, plain, "--depth=2")
					runs += first
				}
				if promise == "" {
					t.Fatalf("%d runs have not found it; the scenarios find that it breaks %s", runs, scripted)
				}
				if m.Scenario == "" {
					missed(t, program)
					if *update {
						if err := os.WriteFile(m.file(), shrunk, 0o666); err != nil {
							t.Error(err)
						}
					}
				}
				took := time.Since(began).Round(100 * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				rows[m.Name] = fmt.Sprintf("| %s | %s | %s | %d | %v | %d |\n", m.Name, scripted, promise, runs, took, bytes.Count(shrunk, []byte("\n")))
				fmt.Print(rows[m.Name]) // or nothing would be known of a run that is cut short
				noteRow(t, *journalPath, m.Name, rows[m.Name])
			})
		}
	})
}

// TestMergedFindsTheSame explores mutants with kills that are the same played once, and
// with all of them: the same promises are broken for the same objects.
func TestMergedFindsTheSame(t *testing.T) {
	if !*merged {
		t.Skip("make mutants-merged does it, which takes long")
	}
	all := drawn(t, All)
	if _, err := controlplane.Binaries(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	plain := plainScenarios(t)
	for _, m := range all {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			program := build(t, m)
			once, runs := broken(t, program, plain)
			each, allRuns := broken(t, program, plain, "--no-merge")
			if !slices.Equal(once, each) {
				t.Errorf("merged, kills break\n%s\nand otherwise\n%s", strings.Join(once, "\n"), strings.Join(each, "\n"))
			}
			t.Logf("%d runs merged, %d otherwise: %d promises broken", runs, allRuns, len(each))
		})
	}
}

// plainScenarios are the paths of those that explore starts from.
func plainScenarios(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(all) != 3 {
		t.Fatalf("%d plain scenarios (%v)", len(all), err)
	}
	return all
}

// broken explores with a mutant's kills, and returns which promises are broken for which
// objects of which scenarios, in order, and how many runs there were.
func broken(t *testing.T, program string, plain []string, extra ...string) (all []string, runs int) {
	t.Helper()
	j := journal(t, program, slices.Concat([]string{"--faults=killed", "--no-shrink"}, extra, plain)...)
	for _, r := range j.Runs {
		switch {
		case r.Error != "":
			t.Error(r.Error)
		case r.Violation != nil:
			all = append(all, fmt.Sprintf("%s, %s: %s", r.Scenario, r.Violation.Object, r.Violation.Promise))
		}
	}
	slices.Sort(all)
	return slices.Compact(all), len(j.Runs)
}

// journal explores with a mutant, without audits and repeats, and returns the journal.
func journal(t *testing.T, program string, args ...string) explore.Journal {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal")
	output, _ := run(t, program, slices.Concat([]string{"explore", "--audit=0", "--repeat=0", "--journal", path}, args)...)
	text, err := os.Open(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	defer text.Close()
	j, err := explore.ReadJournal(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return j
}

// missed plays all scenarios but the long ones, none of which may find a mutant.
func missed(t *testing.T, program string) {
	t.Helper()
	all, err := filepath.Glob(root + "/scenarios/*.txt")
	if err != nil || len(all) == 0 {
		t.Fatalf("%d scenarios (%v)", len(all), err)
	}
	args := []string{"replay"}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte("\n# About: a long day\n")) {
			args = append(args, path)
		}
	}
	output, ok := run(t, program, args...)
	if ok {
		return
	}
	for line := range strings.Lines(output) {
		if strings.Contains(line, " FAILED: ") {
			t.Errorf("the scenarios find it: %s", line)
		}
	}
	if !t.Failed() {
		t.Errorf("the scenarios can't be played:\n%s", output)
	}
}

// run runs a program, and returns what it has written, and whether it was content.
func run(t *testing.T, program string, args ...string) (output string, ok bool) {
	t.Helper()
	var out bytes.Buffer
	p, err := osprocess.Start(osprocess.Options{Path: program, Args: args, Env: os.Environ(), Output: &out})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	return out.String(), p.State().Success()
}

// find explores with a mutant up to the first violation. It returns how many runs that
// took, what was broken, empty if nothing was, and the shrunk scenario, empty if it could
// not be shrunk.
func find(t *testing.T, program string, plain []string, extra ...string) (runs int, promise string, shrunk []byte) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "found")
	args := []string{"--first", fmt.Sprintf("--runs=%d", exploredRuns), fmt.Sprintf("--worlds=%d", exploredRuns), "--out", out}
	j := journal(t, program, slices.Concat(args, extra, plain)...)
	for _, r := range j.Runs {
		if r.Violation != nil {
			promise = r.Violation.Promise
		}
	}
	written, err := filepath.Glob(filepath.Join(out, "1-*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range written {
		if strings.HasSuffix(path, "-passes.txt") {
			continue
		}
		if shrunk, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return len(j.Runs), promise, shrunk
}
