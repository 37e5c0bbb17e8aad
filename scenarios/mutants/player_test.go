package mutants

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.com/edge-device-operator/scenarios"
)

const (
	// playersAtATime is how many mutants are played side by side.
	playersAtATime = 2
	// mutantsAControlPlane is how many are played on one control plane. Nothing deletes
	// what their worlds leave in it, which makes it slower.
	mutantsAControlPlane = 30
)

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
	args = slices.Concat([]string{
		"-admin", p.admin, "-operator", p.operator, "-name", name,
		"-runs", strconv.Itoa(*ruleRuns), "-worlds", strconv.Itoa(*ruleRuns / 8),
	}, args, p.plain)
	c := exec.CommandContext(ctx, filepath.Join(p.folder, "player"), args...)
	c.Env = append(os.Environ(), "MUTANT="+mutant)
	return c
}

// reachedPath is the path of what the runs reach.
func (p player) reachedPath() string { return filepath.Join(p.folder, "reached.json") }

// keptPath is where that is kept beside the journal for the next run of the same program;
// empty if there is no journal.
func (p player) keptPath() string {
	if *journalPath == "" {
		return ""
	}
	b, err := os.ReadFile(filepath.Join(p.folder, "player"))
	if err != nil {
		return "" // what it reaches is found anew
	}
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%s.%x-%d", *journalPath, sum[:8], *ruleRuns)
}

// reach plays everything without a mutant, and keeps which of them each run reaches.
func (p player) reach(t *testing.T) {
	t.Helper()
	if b, err := os.ReadFile(p.keptPath()); err == nil && p.keptPath() != "" {
		if err := os.WriteFile(p.reachedPath(), b, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	fmt.Fprintln(os.Stderr, "playing everything without a mutant, to see where they differ")
	var parts sync.WaitGroup
	failed := make([]error, playersAtATime)
	file := func(n int) string { return filepath.Join(p.folder, fmt.Sprintf("reached-%d.json", n)) }
	for n := range playersAtATime {
		parts.Go(func() {
			c := p.command(t.Context(), "reached", fmt.Sprintf("reach-%d", n), "-reach", file(n), fmt.Sprintf("-shard=%d", n), fmt.Sprintf("-shards=%d", playersAtATime))
			if out, err := c.CombinedOutput(); err != nil {
				failed[n] = fmt.Errorf("%w: %s", err, out)
			}
		})
	}
	parts.Wait()
	var all Reached
	for n := range playersAtATime {
		var part Reached
		b, err := os.ReadFile(file(n))
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
	if err == nil && p.keptPath() != "" {
		err = os.WriteFile(p.keptPath(), b, 0o600)
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
	c := p.command(ctx, strconv.Itoa(m.Number), fmt.Sprintf("mutant-%d", m.Number), "-number", strconv.Itoa(m.Number), "-reached", p.reachedPath(), "-most", strconv.Itoa(*mostRuns), fmt.Sprintf("-scenarios=%t", *onlyScenarios))
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
	pkg := "./" + path.Dir(m.File)
	test := exec.CommandContext(ctx, filepath.Join(p.folder, path.Base(pkg)+".test"), "-test.failfast")
	test.Dir, test.Env = filepath.Join(root, pkg), append(os.Environ(), fmt.Sprintf("MUTANT=%d", m.Number))
	if test.Run() != nil {
		f.By, f.What = ByTest, pkg
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
