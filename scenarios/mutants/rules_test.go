package mutants

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/edge-device-operator/scenarios"
)

var byRule = flag.String("mutants.rules", "", "play `all` mutants that the rules make, or so many of them; none by default")

// mutatedPackages are the packages that the rules mutate.
var mutatedPackages = []string{"./operator/controller", "./operator/rollout", "./operator/device"}

// mutation is one that tools/mutate has made.
type mutation struct {
	Number int
	Rule   string
	File   string
	Line   int
	What   string
}

// finders are who may find a mutant, in the order in which they are asked.
var finders = []string{"explore", "scenario", "error", "trace", "unit test", "nothing"}

// mostTime is how long one mutant may take.
const mostTime = 10 * time.Minute

// TestMutantsOfRules plays what the rules make of the operator, and prints what finds it.
func TestMutantsOfRules(t *testing.T) {
	if *byRule == "" {
		t.Skip("make mutants-rules plays them")
	}
	folder := t.TempDir()
	all := mutate(t, folder)
	total := len(all)
	if n, err := strconv.Atoi(*byRule); err == nil && n < total {
		all = lots(all, n, func(m mutation) string { return strconv.Itoa(m.Number) })
		slices.SortFunc(all, func(a, b mutation) int { return a.Number - b.Number })
	}
	s, err := scenarios.Open(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	admin, err := s.AdminFile()
	if err != nil {
		t.Fatal(err)
	}
	operator, err := s.OperatorFile()
	if err != nil {
		t.Fatal(err)
	}
	plain := plainScenarios(t)
	found := make([]Finding, len(all))
	next := make(chan int, len(all))
	for n := range all {
		next <- n
	}
	close(next)
	var workers sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 2 {
		workers.Go(func() {
			for n := range next {
				found[n] = finds(t, folder, all[n], admin, operator, plain)
				mu.Lock()
				done++
				fmt.Fprintf(os.Stderr, "%d/%d %s: %s %s\n", done, len(all), all[n], found[n].By, found[n].What)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	fmt.Printf("%d of %d mutants\n\n%s\n%s\n%s", len(all), total, table("rule", all, found, func(m mutation) string { return m.Rule }), table("file", all, found, func(m mutation) string { return m.File }), listed(all, found))
}

func (m mutation) String() string {
	return fmt.Sprintf("%d %s:%d: %s", m.Number, m.File, m.Line, m.What)
}

// mutate makes the mutants, and the programs that have them.
func mutate(t *testing.T, folder string) (all []mutation) {
	t.Helper()
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	goes := func(dir string, args ...string) {
		c := exec.CommandContext(t.Context(), "go", args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	goes(filepath.Join(absolute, "tools"), slices.Concat([]string{"run", "./cmd/mutate", "-root", absolute, "-out", folder}, mutatedPackages)...)
	overlay := filepath.Join(folder, "overlay.json")
	goes(absolute, "build", "-overlay", overlay, "-o", filepath.Join(folder, "player"), "./scenarios/mutants/player")
	for _, p := range mutatedPackages {
		goes(absolute, "test", "-vet=off", "-c", "-overlay", overlay, "-o", filepath.Join(folder, filepath.Base(p)+".test"), p)
	}
	text, err := os.ReadFile(filepath.Join(folder, "mutations.json"))
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// finds says what finds one mutant.
func finds(t *testing.T, folder string, m mutation, admin, operator string, plain []string) Finding {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mostTime)
	defer cancel()
	mutant := fmt.Sprintf("MUTANT=%d", m.Number)
	var out, log bytes.Buffer
	c := exec.CommandContext(ctx, filepath.Join(folder, "player"), slices.Concat([]string{"-admin", admin, "-operator", operator, "-name", fmt.Sprintf("mutant-%d", m.Number)}, plain)...)
	c.Env, c.Stdout, c.Stderr = append(os.Environ(), mutant), &out, &log
	if err := c.Run(); err != nil {
		return Finding{By: "error", What: fmt.Sprintf("%v: %s", err, last(log.String()))}
	}
	var f Finding
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		return Finding{By: "error", What: err.Error()}
	}
	switch f.By {
	case "error":
		f.By = "error"
	case "":
		f = Finding{By: "nothing"}
		for _, p := range mutatedPackages {
			c := exec.CommandContext(ctx, filepath.Join(folder, filepath.Base(p)+".test"), "-test.failfast")
			c.Dir, c.Env = filepath.Join(root, p), append(os.Environ(), mutant)
			if c.Run() != nil {
				return Finding{By: "unit test", What: p}
			}
		}
	}
	return f
}

func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// table counts who finds how many.
func table(title string, all []mutation, found []Finding, of func(mutation) string) string {
	count, names := map[string]map[string]int{}, []string{}
	for n, m := range all {
		if count[of(m)] == nil {
			count[of(m)] = map[string]int{}
			names = append(names, of(m))
		}
		count[of(m)][found[n].By]++
	}
	slices.Sort(names)
	var text strings.Builder
	fmt.Fprintf(&text, "| %s | %s |\n|%s\n", title, strings.Join(finders, " | "), strings.Repeat("---|", len(finders)+1))
	for _, name := range names {
		fmt.Fprintf(&text, "| %s |", name)
		for _, f := range finders {
			fmt.Fprintf(&text, " %d |", count[name][f])
		}
		text.WriteString("\n")
	}
	return text.String()
}

// listed are the mutants that no world finds by a promise.
func listed(all []mutation, found []Finding) string {
	var text strings.Builder
	for n, m := range all {
		if by := found[n].By; by != "explore" && by != "scenario" {
			fmt.Fprintf(&text, "%s: %s %s\n", by, m, strings.ReplaceAll(found[n].What, "\n", "; "))
		}
	}
	return text.String()
}
