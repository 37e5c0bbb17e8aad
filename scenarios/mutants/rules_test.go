package mutants

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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

var (
	byRule      = flag.String("mutants.rules", "", "play `all` mutants that the rules make, or so many of them; none by default")
	mostRuns    = flag.Int("mutants.most", 80, "how many of the `runs` in which a mutant differs are played with it: with faults, of random worlds, and of the scenarios each")
	journalPath = flag.String("mutants.journal", "", "a `file` for what is found, and from which an interrupted run goes on")
)

// mutatedPackages are the packages that the rules mutate.
var mutatedPackages = []string{"./operator/controller", "./operator/rollout", "./operator/device"}

// onlyLogs begins a statement that is not mutated: it changes nothing but a log.
const onlyLogs = "log.FromContext("

// mutation is one that tools/mutate has made.
type mutation struct {
	Number int
	Rule   string
	File   string
	Line   int
	What   string
}

// mostTime is how long one mutant may take.
const mostTime = 10 * time.Minute

// TestMutantsOfRules plays what the rules make of the operator, and prints what finds it.
func TestMutantsOfRules(t *testing.T) {
	if *byRule == "" {
		t.Skip("make mutants-rules plays them")
	}
	folder := t.TempDir()
	all := mutate(t, folder)
	build := fingerprint(t, folder)
	total := len(all)
	if n, err := strconv.Atoi(*byRule); err == nil && n < total {
		all = lots(all, n, func(m mutation) string { return strconv.Itoa(m.Number) })
		slices.SortFunc(all, func(a, b mutation) int { return a.Number - b.Number })
	}
	known := readFindings(t, *journalPath, build)
	found := make([]Finding, len(all))
	var todo []int
	for n, m := range all {
		if f, ok := known[m.Number]; ok && f.InWorlds() {
			found[n] = f // what was found stays found
			continue
		}
		todo = append(todo, n)
	}
	p := player{folder: folder, plain: plainScenarios(t)}
	if len(todo) > 0 {
		p.onControlPlane(t, func(t *testing.T, p player) { p.reach(t) })
	}
	done := len(all) - len(todo)
	for batch := range slices.Chunk(todo, mutantsAControlPlane) {
		p.onControlPlane(t, func(t *testing.T, p player) {
			sideBySide(batch, func(n int) Finding { return p.find(t, all[n]) }, func(n int, f Finding) {
				found[n] = f
				done++
				fmt.Fprintf(os.Stderr, "%d/%d %s: %s %s (%d runs)\n", done, len(all), all[n], f.By, f.What, f.Runs)
				noteFinding(t, *journalPath, build, all[n], f)
			})
		})
	}
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
	goes(filepath.Join(absolute, "tools"), slices.Concat([]string{"run", "./cmd/mutate", "-root", absolute, "-out", folder, "-leave", onlyLogs}, mutatedPackages)...)
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

const (
	// playersAtATime is how many mutants are played side by side.
	playersAtATime = 2
	// mutantsAControlPlane is how many are played on one control plane. Nothing deletes
	// what their worlds leave in it, which makes it slower.
	mutantsAControlPlane = 30
)

// sideBySide does something for each of some numbers, and then something else, one at a
// time.
func sideBySide(all []int, do func(int) Finding, then func(int, Finding)) {
	next := make(chan int, len(all))
	for _, n := range all {
		next <- n
	}
	close(next)
	var workers sync.WaitGroup
	var mu sync.Mutex
	for range playersAtATime {
		workers.Go(func() {
			for n := range next {
				f := do(n)
				mu.Lock()
				then(n, f)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
}

// player runs the program that plays mutants.
type player struct {
	folder          string // where the program is
	admin, operator string // the kubeconfigs' paths
	plain           []string
}

// onControlPlane does something on a control plane that is there for that.
func (p player) onControlPlane(t *testing.T, do func(*testing.T, player)) {
	t.Helper()
	s, err := scenarios.Open(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	var errAdmin, errOperator error
	p.admin, errAdmin = s.AdminFile()
	p.operator, errOperator = s.OperatorFile()
	if err := errors.Join(errAdmin, errOperator); err != nil {
		t.Error(err)
		return
	}
	do(t, p)
}

// command is the program with the mutant that a text chooses.
func (p player) command(ctx context.Context, mutant, name string, args ...string) *exec.Cmd {
	args = slices.Concat([]string{"-admin", p.admin, "-operator", p.operator, "-name", name}, args, p.plain)
	c := exec.CommandContext(ctx, filepath.Join(p.folder, "player"), args...)
	c.Env = append(os.Environ(), "MUTANT="+mutant)
	return c
}

// reachedPath is the path of what the runs reach.
func (p player) reachedPath() string { return filepath.Join(p.folder, "reached.json") }

// reach plays everything without a mutant, and keeps which of them each run reaches.
func (p player) reach(t *testing.T) {
	t.Helper()
	fmt.Fprintln(os.Stderr, "playing everything without a mutant, to see where they differ")
	var parts sync.WaitGroup
	failed := make([]error, playersAtATime)
	path := func(n int) string { return filepath.Join(p.folder, fmt.Sprintf("reached-%d.json", n)) }
	for n := range playersAtATime {
		parts.Go(func() {
			c := p.command(t.Context(), "reached", fmt.Sprintf("reach-%d", n), "-reach", path(n), fmt.Sprintf("-shard=%d", n), fmt.Sprintf("-shards=%d", playersAtATime))
			if out, err := c.CombinedOutput(); err != nil {
				failed[n] = fmt.Errorf("%w: %s", err, out)
			}
		})
	}
	parts.Wait()
	var all Reached
	for n := range playersAtATime {
		var part Reached
		b, err := os.ReadFile(path(n))
		if err == nil {
			err = json.Unmarshal(b, &part)
		}
		if err := errors.Join(failed[n], err); err != nil {
			t.Error(err)
			return
		}
		all.Add(part)
	}
	b, err := json.Marshal(all)
	if err == nil {
		err = os.WriteFile(p.reachedPath(), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "%d runs\n", len(all.Runs))
}

// find says what finds one mutant.
func (p player) find(t *testing.T, m mutation) Finding {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mostTime)
	defer cancel()
	var out, log bytes.Buffer
	c := p.command(ctx, strconv.Itoa(m.Number), fmt.Sprintf("mutant-%d", m.Number), "-number", strconv.Itoa(m.Number), "-reached", p.reachedPath(), "-most", strconv.Itoa(*mostRuns))
	c.Stdout, c.Stderr = &out, &log
	if err := c.Run(); err != nil {
		return Finding{By: ByCrash, What: fmt.Sprintf("%v: %s", err, reason(log.String()))}
	}
	var f Finding
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		return Finding{By: ByCrash, What: err.Error()}
	}
	if f.By != ByNothing {
		return f
	}
	for _, pkg := range mutatedPackages {
		c := exec.CommandContext(ctx, filepath.Join(p.folder, filepath.Base(pkg)+".test"), "-test.failfast")
		c.Dir, c.Env = filepath.Join(root, pkg), append(os.Environ(), fmt.Sprintf("MUTANT=%d", m.Number))
		if c.Run() != nil {
			f.By, f.What = ByTest, pkg
			return f
		}
	}
	return f
}

// reason is the line that says why a program has ended.
func reason(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	for _, line := range lines {
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			return line
		}
	}
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
	fmt.Fprintf(&text, "| %s | %s |\n|%s\n", title, strings.Join(Finders, " | "), strings.Repeat("---|", len(Finders)+1))
	for _, name := range names {
		fmt.Fprintf(&text, "| %s |", name)
		for _, f := range Finders {
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
		if !found[n].InWorlds() {
			fmt.Fprintf(&text, "%s: %s %s\n", found[n].By, m, strings.ReplaceAll(found[n].What, "\n", "; "))
		}
	}
	return text.String()
}
