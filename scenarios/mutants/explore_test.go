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

// mostRuns is how many runs explore has to find a mutant.
const mostRuns = 3000

// TestExploreFindsMutants has explore find mutants without the scenarios that were written
// for them: from three plain ones, with faults and random worlds.
func TestExploreFindsMutants(t *testing.T) {
	if !*explored {
		t.Skip("make mutants-explored does it, which takes long")
	}
	all := drawn(t)
	if _, err := controlplane.Binaries(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	plain, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(plain) != 3 {
		t.Fatalf("%d plain scenarios (%v)", len(plain), err)
	}
	var mu sync.Mutex
	rows := map[string]string{}
	t.Cleanup(func() {
		var table strings.Builder
		fmt.Fprintln(&table, "| mutant | the scenarios find | explore finds | in runs | in | lines |\n|---|---|---|---|---|---|")
		for _, m := range all {
			table.WriteString(rows[m.Name])
		}
		fmt.Printf("%s\n%d of %d mutants found\n", &table, len(rows), len(all))
	})
	t.Run("", func(t *testing.T) {
		for _, m := range all {
			t.Run(m.Name, func(t *testing.T) {
				t.Parallel()
				program, began := build(t, m), time.Now()
				runs, promise, lines := find(t, program, plain)
				if promise == "" {
					t.Fatalf("%d runs have not found it; the scenarios find that it breaks %s", runs, m.Caught)
				}
				took := time.Since(began).Round(100 * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				rows[m.Name] = fmt.Sprintf("| %s | %s | %s | %d | %v | %d |\n", m.Name, m.Caught, promise, runs, took, lines)
			})
		}
	})
}

// find explores with a mutant up to the first violation. It returns how many runs that
// took, what was broken, empty if nothing was, and how many lines the shrunk scenario has.
func find(t *testing.T, program string, plain []string) (runs int, promise string, lines int) {
	t.Helper()
	out, journal := filepath.Join(t.TempDir(), "found"), filepath.Join(t.TempDir(), "journal")
	args := []string{"explore", "--first", "--audit=0", "--repeat=0", fmt.Sprintf("--runs=%d", mostRuns), fmt.Sprintf("--worlds=%d", mostRuns), "--journal", journal, "--out", out}
	var output bytes.Buffer
	p, err := osprocess.Start(osprocess.Options{Path: program, Args: slices.Concat(args, plain), Env: os.Environ(), Output: &output})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	text, err := os.Open(journal)
	if err != nil {
		t.Fatalf("%v\n%s", err, &output)
	}
	defer text.Close()
	j, err := explore.ReadJournal(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, &output)
	}
	for _, r := range j.Runs {
		if r.Violation != nil {
			promise = r.Violation.Promise
		}
	}
	shrunk, _ := filepath.Glob(filepath.Join(out, "1-*.txt")) // none where it could not be shrunk
	for _, path := range shrunk {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(path, "-passes.txt") {
			lines = bytes.Count(b, []byte("\n"))
		}
	}
	if promise == "" {
		t.Log(output.String())
	}
	return len(j.Runs), promise, lines
}
