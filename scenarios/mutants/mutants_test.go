package mutants

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
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
	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/scenarios"
)

var (
	how  = flag.String("mutants", "", "build and play `all` mutants, or so many of them; none by default")
	draw = flag.String("mutants.draw", "", "a `text` by which they are drawn, such as the commit's hash")
)

// root is the module's root.
const root = "../.."

func TestEveryEditFits(t *testing.T) {
	names := map[string]bool{}
	for _, m := range All {
		files, err := m.Apply(root)
		if err != nil {
			t.Error(err)
			continue
		}
		for path, text := range files {
			if _, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution); err != nil {
				t.Errorf("mutant %q: %v", m.Name, err)
			}
		}
		if names[m.Name] {
			t.Errorf("there are two mutants %q", m.Name)
		}
		names[m.Name] = true
		switch survives := m.Survives != ""; {
		case survives == (m.Scenario != ""), survives == (m.Caught != ""):
			t.Errorf("mutant %q has to be caught by a scenario, or to survive for a reason", m.Name)
		case !survives && !slices.Contains(scenarios.Names(), m.Scenario):
			t.Errorf("mutant %q is caught by %s, which is no scenario", m.Name, m.Scenario)
		case !survives && m.Caught != OtherStory && promiseOf(m.Caught) == "":
			t.Errorf("mutant %q breaks %s, which is no invariant", m.Name, m.Caught)
		}
	}
}

// TestAnEditThatDoesNotFit shows that one is refused, and not left out.
func TestAnEditThatDoesNotFit(t *testing.T) {
	for _, old := range []string{"this stands nowhere in it", "return"} {
		if _, err := (Mutant{Name: "misfit", Edits: []Edit{{decide, old, ""}}}).Apply(root); err == nil || !strings.Contains(err.Error(), "doesn't fit any more") {
			t.Errorf("%q: %v", old, err)
		}
	}
}

// promises are the invariants by their types' names.
var promises = func() map[string]string {
	byName := map[string]string{}
	for _, i := range invariant.All() {
		byName[strings.TrimPrefix(fmt.Sprintf("%T", i), "invariant.")] = i.Promise()
	}
	byName["Ends"] = invariant.Ends{}.Promise()
	return byName
}()

func promiseOf(name string) string { return promises[name] }

// drawn are the mutants to play.
func drawn(t *testing.T) []Mutant {
	switch *how {
	case "":
		t.Skip("make mutants plays them")
	case "all":
		return All
	}
	n, err := strconv.Atoi(*how)
	if err != nil || n < 1 || n > len(All) {
		// One mutant, or some, by a part of their names.
		chosen := slices.DeleteFunc(slices.Clone(All), func(m Mutant) bool { return !strings.Contains(m.Name, *how) })
		if len(chosen) == 0 {
			t.Fatalf("-mutants=%s: expected all, a number up to %d, or a part of a mutant's name", *how, len(All))
		}
		return chosen
	}
	ticket := func(m Mutant) string {
		sum := sha256.Sum256([]byte(*draw + "\n" + m.Name))
		return string(sum[:])
	}
	lots := slices.Clone(All)
	slices.SortFunc(lots, func(a, b Mutant) int { return strings.Compare(ticket(a), ticket(b)) })
	return lots[:n]
}

// TestMutants plays each mutant's scenario on it, and prints what caught it.
func TestMutants(t *testing.T) {
	all := drawn(t)
	if err := controlplane.RequireTime(t.Deadline()); err != nil {
		t.Fatal(err)
	}
	if _, err := controlplane.Binaries(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	rows := map[string]string{}
	t.Cleanup(func() {
		var table strings.Builder
		fmt.Fprintln(&table, "| mutant | caught by the scenario | for the invariant | wall time |\n|---|---|---|---|")
		for _, m := range all {
			table.WriteString(rows[m.Name])
		}
		fmt.Println(table.String())
	})
	t.Run("", func(t *testing.T) {
		for _, m := range all {
			t.Run(m.Name, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				names := []string{m.Scenario}
				if m.Survives != "" {
					names = scenarios.Names()
				}
				scenario, caught := play(t, build(t, m), names)
				took := time.Since(began).Round(100 * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case m.Survives != "" && caught == "":
					rows[m.Name] = fmt.Sprintf("| %s | survives | %s | %v |\n", m.Name, m.Survives, took)
				case m.Survives != "":
					t.Errorf("it is said to survive, and %s catches it: %s", scenario, caught)
				case caught != m.Caught:
					t.Errorf("in %s it is to break %s, and it breaks %s", m.Scenario, m.Caught, caught)
				default:
					rows[m.Name] = fmt.Sprintf("| %s | %s | %s | %v |\n", m.Name, scenario, caught, took)
				}
			})
		}
	})
}

// build builds edgesim with a mutant in it.
func build(t *testing.T, m Mutant) (program string) {
	t.Helper()
	files, err := m.Apply(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
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
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, b, 0o600); err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(dir, "edgesim")
	c := exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-o", program, "./cmd/edgesim")
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("mutant %q doesn't build: %v\n%s", m.Name, err, out)
	}
	return program
}

// play plays scenarios on a mutant, and says what broke in the first that did.
// Nothing broke if caught is empty.
func play(t *testing.T, program string, names []string) (scenario, caught string) {
	t.Helper()
	var stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), program, append([]string{"replay"}, names...)...)
	c.Dir, c.Stderr = root, &stderr
	err := c.Run()
	if err == nil {
		return "", ""
	}
	t.Log(stderr.String())
	for _, line := range strings.Split(stderr.String(), "\n") {
		name, found := "", false
		if name, _, found = strings.Cut(line, " FAILED: "); found {
			scenario = name
		}
		if _, promise, broken := strings.Cut(line, "invariant broken: "); broken {
			for invariant, its := range promises {
				if its == promise {
					return scenario, invariant
				}
			}
		}
		if strings.Contains(line, "tells another story") {
			return scenario, OtherStory
		}
	}
	t.Errorf("neither an invariant nor another story: %v", err)
	return scenario, ""
}
