package mutants

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/scenarios"
)

var (
	how  = flag.String("mutants", "", "build and play `all` mutants, those that are unscripted, so many of them, or those with a text in their names; none by default")
	draw = flag.String("mutants.draw", "", "a `text` by which they are drawn, such as the commit's hash")
)

// root is the module's root.
const root = "../.."

func TestEveryEditFits(t *testing.T) {
	names, promises := map[string]bool{}, Promises()
	for _, m := range slices.Concat(All, Unscripted) {
		files, err := m.Apply(root)
		if err != nil {
			t.Error(err)
			continue
		}
		for path, text := range files {
			if filepath.Ext(path) != ".go" {
				continue
			}
			if _, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution); err != nil {
				t.Errorf("mutant %q: %v", m.Name, err)
			}
		}
		if names[m.Name] {
			t.Errorf("there are two mutants %q", m.Name)
		}
		names[m.Name] = true
		if m.Scenario != "" && !slices.Contains(scenarios.Names(), m.Scenario) {
			t.Errorf("mutant %q is caught by %q, which is no scenario", m.Name, m.Scenario)
		}
		if promises[m.Caught] == "" && (m.Scenario != "" || m.Caught != "") {
			t.Errorf("mutant %q breaks %q, which is no invariant", m.Name, m.Caught)
		}
	}
}

func TestEveryInvariantHasAMutant(t *testing.T) {
	for name := range Promises() {
		if !slices.ContainsFunc(All, func(m Mutant) bool { return m.Caught == name }) {
			t.Errorf("no mutant breaks %s", name)
		}
	}
}

// TestAnEditThatDoesNotFit checks that such an edit is an error, and not ignored.
func TestAnEditThatDoesNotFit(t *testing.T) {
	for _, old := range []string{"this stands nowhere in it", "return"} {
		if _, err := (Mutant{Name: "misfit", Edits: []Edit{{decide, old, ""}}}).Apply(root); err == nil || !strings.Contains(err.Error(), "doesn't fit any more") {
			t.Errorf("%q: %v", old, err)
		}
	}
}

// drawn returns those of some mutants that are to be played.
func drawn(t *testing.T, of []Mutant) []Mutant {
	switch *how {
	case "":
		t.Skip("make mutants-by-hand plays them")
	case "all":
		return of
	}
	n, err := strconv.Atoi(*how)
	if err != nil || n < 1 || n > len(of) {
		chosen := slices.DeleteFunc(slices.Clone(of), func(m Mutant) bool {
			return *how == "unscripted" && m.Scenario != "" || *how != "unscripted" && !strings.Contains(m.Name, *how)
		})
		if len(chosen) == 0 {
			t.Fatalf("-mutants=%s: expected all, unscripted, a number up to %d, or a part of a mutant's name", *how, len(of))
		}
		return chosen
	}
	return lots(of, n, func(m Mutant) string { return m.Name })
}

// lots draws n of all by their names.
func lots[T any](all []T, n int, name func(T) string) []T {
	ticket := func(one T) string {
		sum := sha256.Sum256([]byte(*draw + "\n" + name(one)))
		return string(sum[:])
	}
	drawn := slices.Clone(all)
	slices.SortFunc(drawn, func(a, b T) int { return strings.Compare(ticket(a), ticket(b)) })
	return drawn[:n]
}

// TestMutants plays each mutant's scenario, and prints the invariant that caught it.
func TestMutants(t *testing.T) {
	all := drawn(t, slices.Concat(All, Unscripted))
	if err := controlplane.RequireTime(t.Deadline()); err != nil {
		t.Fatal(err)
	}
	if _, err := controlplane.Binaries(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	rows, catches, began := map[string]string{}, map[string]int{}, time.Now()
	t.Cleanup(func() {
		var table strings.Builder
		fmt.Fprintln(&table, "| mutant | caught by the scenario | for the invariant | wall time |\n|---|---|---|---|")
		for _, m := range all {
			table.WriteString(rows[m.Name])
		}
		fmt.Fprintf(&table, "\n%d of %d mutants caught, in %v:", len(rows), len(all), time.Since(began).Round(time.Second))
		for _, name := range slices.Sorted(maps.Keys(catches)) {
			fmt.Fprintf(&table, " %s %d", name, catches[name])
		}
		fmt.Println(table.String())
	})
	var unbroken string
	if slices.ContainsFunc(all, func(m Mutant) bool { return m.Scenario == "" }) {
		unbroken = build(t, Mutant{})
	}
	t.Run("", func(t *testing.T) {
		for _, m := range all {
			t.Run(m.Name, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				if caught := play(t, build(t, m), m.file()); caught != m.Caught {
					t.Fatalf("in %s it is to break %s, and it breaks %s", m.file(), m.Caught, caught)
				}
				if m.Scenario == "" {
					if caught := play(t, unbroken, m.file()); caught != "" {
						t.Fatalf("in %s the operator itself breaks %s", m.file(), caught)
					}
				}
				took := time.Since(began).Round(100 * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				catches[m.Caught]++
				rows[m.Name] = fmt.Sprintf("| %s | %s | %s | %v |\n", m.Name, cmp.Or(m.Scenario, "what explore found"), m.Caught, took)
			})
		}
	})
}

// build builds edgesim with a mutant.
func build(t *testing.T, m Mutant) (program string) {
	t.Helper()
	files, err := m.Apply(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program = filepath.Join(dir, "edgesim")
	runGo(t, root, "build", "-overlay", writeOverlay(t, dir, files), "-o", program, "./cmd/edgesim")
	return program
}

// writeOverlay writes texts into a folder that stand in the place of files, or are new ones,
// by their paths from the module's root. It returns the list that go build -overlay takes.
func writeOverlay(t *testing.T, dir string, files map[string]string) (list string) {
	t.Helper()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path, text := range files {
		from, err := filepath.Abs(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[from] = to
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return list
}

// runGo runs the Go command in a folder.
func runGo(t *testing.T, folder string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Dir = folder
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// play plays a scenario with a mutant, and returns the invariant that breaks, or what else
// goes wrong; empty if only the trace is another one. The mutant and its control plane end with
// this process, however that ends.
func play(t *testing.T, program, path string) (caught string) {
	t.Helper()
	output, passes := run(t, program, "replay", path)
	if passes {
		return ""
	}
	_, told, _ := strings.Cut(output, strings.TrimSuffix(filepath.Base(path), ".txt")+" FAILED: ")
	t.Log(told)
	_, rest, broken := strings.Cut(told, "invariant broken: ")
	promise, _, _ := strings.Cut(rest, "\n")
	switch caught := InvariantOf(promise); {
	case caught != "":
		return caught
	case broken:
		return promise
	case !strings.Contains(told, "If that is what should happen: edgesim replay --rewrite "):
		return "no invariant, and yet fails"
	}
	return ""
}
