// Package docs_test holds the project's pages to what there is: a link that
// leads nowhere, a command, scenario, test or identifier that doesn't exist and
// a quoted line that no longer happens fail here. It runs the pages' commands in
// a copy of the repository.
package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = ".."

// pages are the pages that are checked, from the root.
func pages(t *testing.T) []string {
	t.Helper()
	pages := []string{"README.md", "CONTRIBUTING.md", "scenarios/README.md"}
	more, err := filepath.Glob("*.md")
	if err != nil || len(more) == 0 {
		t.Fatalf("no pages beside this file: %v", err)
	}
	for _, name := range more {
		pages = append(pages, "docs/"+name)
	}
	return pages
}

// text is a page, or another file, by its path from the root.
func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestWhatThePagesNameExists checks every page.
func TestWhatThePagesNameExists(t *testing.T) {
	there := survey(t)
	for _, path := range pages(t) {
		for _, wrong := range there.check(path, text(t, path)) {
			t.Errorf("%s: %s", path, wrong)
		}
	}
}

// TestWhatDoesNotExistIsFound shows that the check above can fail, in each of
// its ways, and that the right thing beside the wrong one passes.
func TestWhatDoesNotExistIsFound(t *testing.T) {
	there := survey(t)
	for _, c := range []struct{ right, wrong, says string }{
		{"[a](device.md)", "[a](devices.md)", "devices.md: no such file"},
		{"[a](../scenarios)", "[a](../scenario)", "../scenario: no such file"},
		{"[a](device.md#the-bound)", "[a](device.md#the-bounds)", "no heading for #the-bounds"},
		{"# A 'b' – c\n[a](#a-b--c)", "# A\n[a](#b)", "no heading for #b"},
		{"[a](https://go.dev/nowhere)", "[a](../go.mod#L3)", "only pages have anchors"},
		{"`make lint test`", "`make lint tests`", "make tests: no such target"},
		{"```sh\nmake fuzz FUZZTIME=9s # x y\n```", "```sh\nmake fuz\n```", "make fuz: no such target"},
		{"```console\n$ make help\nmake x\n```", "```console\n$ make x\n```", "make x: no such target"},
		{"`.bin/edgesim list`", "`.bin/edgesim lists`", "edgesim lists: no such command"},
		{"`edgesim replay --seed 42 luck`", "`edgesim replay --seed 42 lucks`", "lucks: no such scenario"},
		{"```sh\nedgesim replay ./my-scenario.txt\n```", "```sh\nedgesim replay one-lies\n```", "one-lies: no such scenario"},
		{"the scenario `one-lie` of `edge-device-operator`", "the scenario `one-lies`", "one-lies: no such scenario"},
		{"[one-lie](../scenarios/one-lie.txt)", "[one-lies](../scenarios/one-lie.txt)", "one-lies is not that scenario"},
		{"`operator/rollout.TestEveryDecision`", "`operator/rollout.TestEveryDecisions`", "no TestEveryDecisions in operator/rollout"},
		{"`rollout.Decide`", "`rollout.Decides`", "no Decides in operator/rollout"},
		{"`harness/world.World.Settle`", "`harness/world.World.Settles`", "no World.Settles in harness/world"},
		{"`scenarios/edge/invariant.All()`", "`scenarios/edge/invariants.All()`", "no package scenarios/edge/invariants"},
		{"`http.Transport`", "`devicesim.Transport`", "no Transport in devicesim"},
		{"`scenarios/luck.txt`, `operator/config/rbac`", "`scenarios/lucks.txt`", "scenarios/lucks.txt: no such file"},
		{"*goes back* in [a](../scenarios/negative_test.go)", "*goes backs* in [a](../scenarios/negative_test.go)", `no spec "goes backs"`},
		{quote("run until=12s", "…", "run for=5s"), quote("run for=5s", "run until=12s"), `"run until=12s" doesn't stand there, or not in this order`},
		{"<!-- quoted from docs/device.md -->\n| of | do | fields | what happens |", "<!-- quoted from docs/device.md -->\n| of | do | what happens |", `"| of | do | what happens |" doesn't stand there`},
		{quote("12s  controller 1 killed"), quote("13s  controller 1 killed"), `"13s  controller 1 killed" doesn't stand there`},
	} {
		if found := there.check("docs/made-up.md", c.right+"\n"); len(found) > 0 {
			t.Errorf("%s: %q", c.right, found)
		}
		if found := strings.Join(there.check("docs/made-up.md", c.wrong+"\n"), "\n"); !strings.Contains(found, c.says) {
			t.Errorf("%s: found %q, want %q", c.wrong, found, c.says)
		}
	}
}

// quote is a page's quotation of a scenario.
func quote(lines ...string) string {
	return "<!-- quoted from scenarios/controller-killed-mid-transfer.txt -->\n```\n" + strings.Join(lines, "\n") + "\n```"
}
