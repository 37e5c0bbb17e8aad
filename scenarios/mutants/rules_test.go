package mutants

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/internal/generated"
)

var (
	byRule        = flag.String("mutants.rules", "", "play `all` mutants that the rules make, so many of them, those that are listed in unfound.txt, or those with a text in them; none by default")
	ruleRuns      = flag.Int("mutants.runs", 800, "how many `runs` explore has, an eighth of them random worlds; of these, a mutant is played with those in which it differs")
	mostRuns      = flag.Int("mutants.most", 80, "how many of the `runs` in which a mutant differs are played with it: with faults, of random worlds, and of the scenarios each")
	onlyScenarios = flag.Bool("mutants.scenarios", false, "ask the scenarios alone, and not explore")
	again         = flag.Bool("mutants.again", false, "play what a journal has as found in no world again, unless unfound.txt has a reason")
	shard         = flag.String("mutants.shard", "", "play a `part` of them, such as 0/4; the journals of all parts, one after the other, are that of the whole")
	journalPath   = flag.String("mutants.journal", "", "a `file` for what is found, and from which an interrupted run goes on")
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
		t.Skip("make mutants plays them")
	}
	folder := t.TempDir()
	mutations := mutate(t, folder)
	all := chosen(t, mutations)
	known := readFindings(t, *journalPath, mutations)
	exact, _ := keys(mutations)
	said := unfound(t, mutations)
	if *shard != "" {
		all = partOf(t, all)
	}
	found := make([]Finding, len(all))
	var todo []int
	for n, m := range all {
		u, listed := said[m.Number]
		if f, ok := known[m.Number]; ok && (f.InWorlds() || !*again || listed && !u.Open()) {
			found[n] = f
			continue
		}
		todo = append(todo, n)
	}
	p := player{folder: folder, plain: plainScenarios(t)}
	if len(todo) > 0 {
		p.onControlPlane(t, func(t *testing.T, p player) { p.reach(t) })
	}
	if t.Failed() {
		return
	}
	done := len(all) - len(todo)
	for batch := range slices.Chunk(todo, mutantsAControlPlane) {
		p.onControlPlane(t, func(t *testing.T, p player) {
			results, stop := scenarios.SideBySide(t.Context(), playersAtATime, batch, func(_ context.Context, n int) Finding {
				f := p.find(t, all[n])
				noteFinding(t, *journalPath, all[n].File, exact[all[n].Number], f)
				return f
			})
			defer stop()
			for k, result := range results {
				n := batch[k]
				found[n] = <-result
				done++
				fmt.Fprintf(os.Stderr, "%d/%d %s: %s %s (%d runs)\n", done, len(all), all[n], found[n].By, found[n].What, found[n].Runs)
			}
		})
	}
	fmt.Printf("%d of %d mutants, each with %d runs at most of each kind\n\n%s%s", len(all), len(mutations), *mostRuns, tables(all, found, said), left(all, found, said))
	if *update && len(all) == len(mutations) {
		generated.Block(t, root+"/docs/mutants.md", "rules", "./scenarios/mutants -mutants.rules=all", tables(all, found, said), true)
	}
	for n, m := range all {
		u, listed := said[m.Number]
		switch f := found[n]; {
		case f.InWorlds() && listed:
			t.Errorf("%s: a world finds it (%s %s), and unfound.txt says: %s", m, f.By, f.What, u.Reason)
		case (f.By == ByNothing || f.By == ByTest) && !listed && len(all) == len(mutations):
			t.Errorf("%s: found by %s, and unfound.txt doesn't say why", m, f.By)
		}
	}
}

// chosen are the mutants that are to be played: all, so many that are drawn, those that are
// listed in unfound.txt, or those with a text in them.
func chosen(t *testing.T, of []mutation) []mutation {
	t.Helper()
	n, err := strconv.Atoi(*byRule)
	switch {
	case *byRule == "all" || err == nil && n >= len(of):
		return of
	case err == nil && n > 0:
		all := lots(of, n, func(m mutation) string { return strconv.Itoa(m.Number) })
		slices.SortFunc(all, func(a, b mutation) int { return a.Number - b.Number })
		return all
	}
	said := unfound(t, of)
	all := slices.DeleteFunc(slices.Clone(of), func(m mutation) bool {
		_, listed := said[m.Number]
		return *byRule == "listed" && !listed || *byRule != "listed" && !strings.Contains(m.String(), *byRule)
	})
	if len(all) == 0 {
		t.Fatalf("-mutants.rules=%s: expected all, listed, a number, or a part of a mutant's file and text", *byRule)
	}
	return all
}

// partOf are those of a shard.
func partOf(t *testing.T, all []mutation) (part []mutation) {
	t.Helper()
	s, err := explore.ParseShard(*shard, os.Getenv("JOB_COMPLETION_INDEX"))
	if err != nil {
		t.Fatalf("-mutants.shard=%s: %v", *shard, err)
	}
	for n := s.Index; n < len(all); n += s.Of {
		part = append(part, all[n])
	}
	return part
}

func (m mutation) String() string {
	if m.Line == 0 { // of a manifest
		return m.File + ": " + m.What
	}
	return fmt.Sprintf("%d %s:%d: %s", m.Number, m.File, m.Line, m.What)
}

// mutate makes the mutants, and the programs that have them.
func mutate(t *testing.T, folder string) (all []mutation) {
	t.Helper()
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	all = makeMutants(t, folder)
	overlay := filepath.Join(folder, "overlay.json")
	runGo(t, absolute, "build", "-trimpath", "-overlay", overlay, "-o", filepath.Join(folder, "player"), "./scenarios/mutants/player")
	for _, p := range mutatedPackages {
		runGo(t, absolute, "test", "-vet=off", "-c", "-overlay", overlay, "-o", filepath.Join(folder, filepath.Base(p)+".test"), p)
	}
	return all
}

// makeMutants makes the mutants, and the overlay that has them.
func makeMutants(t *testing.T, folder string) (all []mutation) {
	t.Helper()
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	runGo(t, filepath.Join(absolute, "tools"), slices.Concat([]string{"run", "./cmd/mutate", "-root", absolute, "-out", folder, "-leave", onlyLogs}, mutatedPackages)...)
	text, err := os.ReadFile(filepath.Join(folder, "mutations.json"))
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}
