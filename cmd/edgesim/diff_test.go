package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDiff compares runs: of two files, of one with two seeds, of one with what was printed
// of it.
func TestDiff(t *testing.T) {
	requireControlPlane(t)
	const one = "# One device.\n\ndevice press-01 transfer=10s reboot=5s\ndeploy press-01 image=fw:2\nrun\n----\n"
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a := write("a.txt", one)
	b := write("b.txt", strings.Replace(one, "reboot=5s", "reboot=5s breaks=1st@40%", 1))
	fails := write("fails.txt", strings.Replace(one, "run\n", "run\nexpect devicedeployment/press-01 absent\n", 1))
	_, printed, _ := edgesim(t, "replay", "--format", "json", a)
	json := write("a.json", printed)
	page := filepath.Join(folder, "page.html")
	for _, tt := range []struct {
		args   []string
		code   int
		stdout string // a part of it
		stderr string
	}{
		{[]string{a, a}, 0, "", "are the same"},
		{[]string{json, a}, 0, "", "are the same"},
		{[]string{json, json}, 0, "", "are the same"},
		{[]string{"--html", page, a, b}, exitFailed, "device: the transfer breaks", "differ"},
		{[]string{"--seeds", "1,2", "luck", "luck"}, exitFailed, "--- luck, seed 1\n+++ luck, seed 2\n", "differ"},
		{[]string{a, fails}, exitFailed, "- it holds\n+ it fails: ", "differ"},
		{[]string{"--seeds", "1,2", json, a}, exitMisuse, "", "a.json is not played"},
		{[]string{write("nothing.json", `{"version":"v1","scenario":"a","events":[{}]}`), a}, exitMisuse, "", "event 1: it has no kind"},
		{[]string{"--seeds", "1", "luck", "luck"}, exitMisuse, "", "--seeds: expected two numbers from 1"},
		{[]string{write("junk.json", "{}"), a}, exitMisuse, "", "junk.json: expected what"},
		{[]string{write("two.json", printed+printed), a}, exitMisuse, "", "two.json: expected one scenario"},
		{[]string{a, filepath.Join(folder, "none.txt")}, exitMisuse, "", "none.txt"},
		{[]string{a}, exitMisuse, "", "2 arg"},
	} {
		code, stdout, stderr := edgesim(t, append([]string{"diff"}, tt.args...)...)
		if code != tt.code || !strings.Contains(stdout, tt.stdout) || tt.stdout == "" && stdout != "" || !strings.Contains(stderr, tt.stderr) {
			t.Errorf("diff %v: exit %d\n%s\n%s", tt.args, code, stdout, stderr)
		}
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), `"beside":"b"`) {
		t.Errorf("%v: the page doesn't have both", err)
	}
}

// TestDrawnRuns has files written that draw a run, and one that fails drawn unasked.
func TestDrawnRuns(t *testing.T) {
	requireControlPlane(t)
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	code, _, stderr := edgesim(t, "replay", "--html", path("run.html"), "--perfetto", path("run.json"), "--shiviz", path("run.log"), "controller-killed-mid-transfer")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for name, has := range map[string]string{"run.html": "controller 2 started", "run.json": `"traceEvents"`, "run.log": "(?<host>"} {
		if text, err := os.ReadFile(path(name)); err != nil || !strings.Contains(string(text), has) {
			t.Errorf("%s: %v, without %s", name, err, has)
		}
	}
	t.Setenv("TMPDIR", folder)
	code, _, stderr = edgesim(t, "replay", story(t, "# One.\n\ndevice press-01\ndeploy press-01 image=fw:2\nrun\nexpect devicedeployment/press-01 absent\n----\n"))
	_, rest, _ := strings.Cut(stderr, "look at it: ")
	page, _, _ := strings.Cut(rest, "\n")
	if text, err := os.ReadFile(page); code != exitFailed || err != nil || !strings.Contains(string(text), "expected: no DeviceDeployment press-01") {
		t.Errorf("exit %d, %v\n%s", code, err, stderr)
	}
	if code, _, stderr := edgesim(t, "replay", "--html", path("none/run.html"), "controller-killed-mid-transfer"); code != exitOutput || !strings.Contains(stderr, "--html: ") || strings.Contains(stderr, "held") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	own := story(t, "# One.\n\ndevice press-01\nrun for=1s\n----\n")
	if code, _, stderr := edgesim(t, "replay", "--html", own, own); code != exitMisuse || !strings.Contains(stderr, "--html: that is the scenario") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if code, _, stderr := edgesim(t, "replay", "--html", path("two"), "--perfetto", path("./two"), "luck"); code != exitMisuse || !strings.Contains(stderr, "another drawing goes into that file") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if code, _, stderr := edgesim(t, "replay", "--html", path("run.html"), "luck", "luck"); code != exitMisuse || !strings.Contains(stderr, "a file shows one scenario, and there are 2") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
