package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stepping runs edgesim replay --step with lines from a pipe.
func stepping(t *testing.T, lines string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"replay", "--step"}, args...), strings.NewReader(lines), &out, &errs)
	return code, out.String(), errs.String()
}

// TestStepping kills the controller in the middle of a transfer, and replays what came of it.
func TestStepping(t *testing.T) {
	requireControlPlane(t)
	saved := filepath.Join(t.TempDir(), "saved.txt")
	code, stdout, stderr := stepping(t, "to Transferring\nto 7s\ntruth\nshow press-01\nkill\nto start\nto 12s\nsave "+saved+"\nquit\nnonsense\n", "controller-killed-mid-transfer")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, part := range []string{
		"(0s) to Transferring\n", "press-01: runs fw:1, the transfer of fw:2 is at 23 %\n", "  phase: Transferring\n",
		"7s  controller 1 killed", "7s  controller 2 started", "12s  controller 2 killed", "replay it: edgesim replay " + saved,
	} {
		if !strings.Contains(stdout, part) {
			t.Errorf("no %q in\n%s", part, stdout)
		}
	}
	if code, _, stderr := edgesim(t, "replay", saved); code != 0 {
		text, err := os.ReadFile(saved)
		t.Errorf("exit %d (%v): %s\n%s", code, err, stderr, text)
	}
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	code, stdout, stderr = stepping(t, "to 7s\nedit press-01 image=fw:3\nkil\n", "controller-killed-mid-transfer")
	if code != exitMisuse || !strings.Contains(stderr, `"kil": expected a word that help lists, or a command of a scenario; did you mean kill?`) {
		t.Errorf("exit %d: %s", code, stderr)
	}
	_, rest, _ := strings.Cut(stdout, "what you did: ")
	if text, err := os.ReadFile(strings.TrimSpace(rest)); err != nil || !strings.Contains(string(text), "\nedit press-01 image=fw:3\n") {
		t.Errorf("%v: what was done is lost:\n%s", err, stdout)
	}
}

// TestSteppingIsHeldToItsLines has lines that are wrong, and runs that fail in the end.
func TestSteppingIsHeldToItsLines(t *testing.T) {
	requireControlPlane(t)
	t.Setenv("TMPDIR", t.TempDir())
	for name, tt := range map[string]struct {
		lines, says string
		code        int
	}{
		"text that has no end":      {"to 8s\napply\na: b\nnext\n", `"apply": expected an empty line, which ends the text under it`, exitMisuse},
		"an object":                 {"to 8s\napply\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n\nquit\n", "8s  web    applied", 0},
		"fields that are expected":  {"to 8s\nexpect devicedeployment/press-01 |\nstatus: {phase: Failed}\n\n", "the run fails", exitFailed},
		"a kill that others follow": {"to 8s\nkill controller\n", "the run fails", exitFailed},
		"a long line":               {"to " + strings.Repeat("x", 100000) + "\n", "nothing ahead has", exitMisuse},
		"no end":                    {"to 30s\nkill controller\n", "the run fails", exitUnended},
	} {
		code, stdout, stderr := stepping(t, tt.lines, "controller-killed-mid-transfer")
		if code != tt.code || !strings.Contains(stdout+stderr, tt.says) {
			t.Errorf("%s: exit %d\n%s%s", name, code, stdout, stderr)
		}
	}
}
