package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios"
)

// edgesim runs a command line in this process.
func edgesim(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// requireControlPlane gets the control plane's programs.
func requireControlPlane(t *testing.T) controlplane.Assets {
	t.Helper()
	if err := controlplane.RequireTime(t.Deadline()); err != nil {
		t.Fatal(err)
	}
	assets, err := controlplane.Binaries(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return assets
}

// story writes a scenario file.
func story(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "story.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMisuse tries every wrong command line. None of them needs a control plane: the
// folder for it is empty.
func TestMisuse(t *testing.T) {
	t.Setenv("KUBEBUILDER_ASSETS", t.TempDir())
	good, readOnly := story(t, "run\n----\n"), story(t, "run\n----\n")
	if err := os.Chmod(readOnly, 0o444); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(t.TempDir(), "dangling.txt")
	if err := os.Symlink("nowhere.txt", dangling); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		said string
	}{
		{[]string{"help", "repley"}, `unknown command "repley"`},
		{[]string{"completion", "klingon"}, `unknown command "klingon" for "edgesim completion"`},
		{[]string{"replay", dangling}, dangling + " is a link to nowhere.txt, which isn't there"},
		{[]string{"replay", "/dev/zero"}, "/dev/zero is no scenario: it has more than 16777216 bytes"},
		{[]string{"repley"}, `unknown command "repley"`},
		{[]string{"replay"}, "requires at least 1 arg"},
		{[]string{"replay", "--workers", "0", good}, "--workers 0: expected a number from 1 to 10000"},
		{[]string{"replay", "--workers", "-1", good}, "--workers -1: expected a number from 1 to 10000"},
		{[]string{"replay", "--workers", "10001", good}, "--workers 10001: expected a number from 1 to 10000"},
		{[]string{"replay", "--workers", "many", good}, `invalid argument "many" for "--workers"`},
		{[]string{"replay", "--seed", "0", good}, "--seed 0: expected a number from 1"},
		{[]string{"replay", "--seed", "-3", good}, `invalid argument "-3" for "--seed"`},
		{[]string{"replay", "--seed", "3", "--rewrite", good}, "--seed and --rewrite"},
		{[]string{"replay", "--quietly", good}, "unknown flag: --quietly"},
		{[]string{"replay", "no-such-scenario"}, `there is no file and no scenario "no-such-scenario"; edgesim list shows`},
		{[]string{"replay", "./twenty-at-once"}, `there is no file and no scenario "./twenty-at-once"`},
		{[]string{"replay", good, "no-such-scenario"}, `there is no file and no scenario "no-such-scenario"`},
		{[]string{"replay", t.TempDir()}, "is a folder, and has no scenario in it: none of its files ends in .txt"},
		{[]string{"replay", filepath.Dir(good)}, filepath.Dir(good) + " is a folder: name a file in it, such as " + good},
		{[]string{"replay", "-"}, "-: a scenario is a file, into which what happens can be written; standard input is /dev/stdin"},
		{[]string{"replay", "one-lei"}, `there is no file and no scenario "one-lei" (did you mean one-lie?)`},
		{[]string{"replay", "lukc"}, `(did you mean luck?)`},
		{[]string{"replay", filepath.Join(filepath.Dir(good), "stroy")}, `(did you mean ` + good + `?)`},
		{[]string{"replay", good[:len(good)-1]}, `(did you mean ` + good + `?)`},
		{[]string{"replay", "nowhere/story.txt"}, `there is no folder "nowhere", and so no scenario "nowhere/story.txt"`},
		{[]string{"replay", "--rewrite", readOnly}, "--rewrite: " + readOnly + " is read-only"},
		{[]string{"replay", "--rewrite", "/dev/stdin"}, "at least one command"},
		{[]string{"replay", "--rewrite", "twenty-at-once"}, "--rewrite: twenty-at-once came with the program and isn't a file here"},
		{[]string{"explore", "no-such-scenario"}, `there is no file and no scenario "no-such-scenario"`},
		{[]string{"explore", "--runs", "-1", good}, "--runs -1: expected a number that is not negative"},
		{[]string{"explore", "--audit", "-1", good}, "--audit -1: expected a number that is not negative"},
		{[]string{"explore", "--repeat", "-1", good}, "--repeat -1: expected a number that is not negative"},
		{[]string{"explore", "--worlds", "-1", good}, "--worlds -1: expected a number that is not negative"},
		{[]string{"explore", "--budget", "-1s", good}, "--budget -1s: expected a time that is not negative"},
		{[]string{"explore", "--depth", "3", good}, "--depth 3: expected 1 or 2"},
		{[]string{"explore", "--faults", "lost,found", good}, "--faults found: expected some of killed, lost, "},
		{[]string{"explore", "--shard", "4/4", good}, "--shard 4/4: expected an index from 0 to 3 before the /, or in JOB_COMPLETION_INDEX"},
		{[]string{"explore", "--format", "html", good}, "--format html: expected text, json or junit"},
		{[]string{"explore", "--journal", "a", "--resume", "b", good}, "--journal and --resume: expected one of them"},
		{[]string{"explore", "--journal", good, good}, "--journal " + good + ": it is there already; --resume goes on with it"},
		{[]string{"explore", "--resume", good, good}, "--resume: " + good + ": it is no journal"},
		{[]string{"explore", "--print-world", "-1"}, "--print-world -1: expected a number that is not negative"},
		{[]string{"report"}, "requires at least 1 arg"},
		{[]string{"report", good}, good + ": it is no journal"},
		{[]string{"report", "--format", "html", good}, "--format html: expected text, json or junit"},
		{[]string{"list", "all"}, `unknown command "all" for "edgesim list"`},
		{[]string{"setup", "all"}, `unknown command "all" for "edgesim setup"`},
		{[]string{"demo", "all"}, `unknown command "all" for "edgesim demo"`},
		{[]string{"demo", "--manager", "/nowhere"}, `--manager: there is no program /nowhere; make demo-local builds it`},
		{[]string{"demo", "--manager", good}, `--manager: there is no program ` + good},
	} {
		code, stdout, stderr := edgesim(t, tt.args...)
		if code != exitMisuse || stdout != "" || !strings.Contains(stderr, tt.said) || !strings.HasPrefix(stderr, "edgesim: ") {
			t.Errorf("edgesim %s: exit %d, want %d and %q\nstdout: %s\nstderr: %s", strings.Join(tt.args, " "), code, exitMisuse, tt.said, stdout, stderr)
		}
	}
}

// TestMain makes this binary act as edgesim for tests that need a process.
func TestMain(m *testing.M) {
	if os.Getenv(beEdgesim) != "" {
		main()
	}
	os.Exit(m.Run())
}

const beEdgesim = "EDGESIM_TEST_BE_EDGESIM"

// process runs edgesim as a process, with additional environment variables.
func process(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(append(os.Environ(), beEdgesim+"=1"), env...)
	return cmd
}

// TestAFullDisk runs each subcommand, and its help, with stdout on a full disk.
func TestAFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	requireControlPlane(t)
	for _, args := range [][]string{
		{"version"}, {"list"}, {"setup"}, {"--help"}, {"help", "replay"}, {"replay", "--help"}, {"list", "--help"}, {"explore", "--help"}, {"report", "--help"}, {"demo", "--help"}, {"completion", "bash"},
		{"replay", "one-lie"}, {"replay", "--format", "json", "one-lie"}, {"replay", "--format", "junit", "one-lie"},
	} {
		cmd := process(t, nil, args...)
		var stderr strings.Builder
		cmd.Stdout, cmd.Stderr = full, &stderr
		_ = cmd.Run() // the exit code is looked at next
		if code := cmd.ProcessState.ExitCode(); code != exitOutput || !strings.HasSuffix(stderr.String(), "edgesim: write /dev/stdout: no space left on device\n") {
			t.Errorf("edgesim %s: exit %d, want %d\n%s", strings.Join(args, " "), code, exitOutput, stderr.String())
		}
	}
}

// TestWithoutAnyFolder runs what needs no control plane, on a system where envtest,
// which the program links, finds no folder for its cache.
func TestWithoutAnyFolder(t *testing.T) {
	env := []string{"HOME=/dev/null", "TMPDIR=/dev/null", "XDG_CACHE_HOME=", "EDGESIM_CACHE=", "KUBEBUILDER_ASSETS="}
	for _, tt := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"version"}, 0, "edgesim of revision"},
		{[]string{"--help"}, 0, "Usage:"},
		{[]string{"list"}, 0, "twenty-at-once"},
		{[]string{"replay", "one-lie"}, exitControlPlane, "set HOME, XDG_CACHE_HOME or EDGESIM_CACHE"},
		{[]string{"replay", "no-such-scenario"}, exitMisuse, "there is no file and no scenario"},
	} {
		cmd := process(t, env, tt.args...)
		cmd.Dir = t.TempDir()
		out, _ := cmd.CombinedOutput() // the exit code is looked at next
		if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(string(out), tt.said) {
			t.Errorf("edgesim %s: exit %d, want %d and %q:\n%s", strings.Join(tt.args, " "), code, tt.code, tt.said, out)
		}
		if left, err := os.ReadDir(cmd.Dir); err != nil || len(left) > 0 {
			t.Errorf("edgesim %s: left behind: %v, %v", strings.Join(tt.args, " "), left, err)
		}
	}
}

// TestJUnitIsXML prints characters that XML can't contain.
func TestJUnitIsXML(t *testing.T) {
	var out bytes.Buffer
	p, err := newPrinter(formatJUnit, &out)
	if err != nil {
		t.Fatal(err)
	}
	const wrong = "<&]]>\x00\x1b[31m\x7f\xff\ufffe\uffff\té\n"
	file := &scenario.File{Path: wrong + ".txt", Title: wrong}
	if err := errors.Join(p.print(played{file: file, err: errors.New(wrong)}), p.print(played{file: file}), p.close()); err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Cases []struct {
			Name    string `xml:"name,attr"`
			Failure struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(out.Bytes(), &suite); err != nil {
		t.Fatalf("%v\n%q", err, out.String())
	}
	const right = "<&]]>\ufffd\ufffd[31m\x7f\ufffd\ufffd\ufffd\té\n"
	if f := suite.Cases[0].Failure; len(suite.Cases) != 2 || suite.Cases[0].Name != right || f.Message != right || f.Text != right {
		t.Errorf("it says %+q, want %+q", suite, right)
	}
}

func TestABadFile(t *testing.T) {
	t.Setenv("KUBEBUILDER_ASSETS", t.TempDir())
	path := story(t, "# One.\ndevise press-01\nrun\n----\n")
	code, stdout, stderr := edgesim(t, "replay", path)
	if want := "edgesim: " + path + `:2:1: "devise": expected a command: `; code != exitMisuse || stdout != "" || !strings.HasPrefix(stderr, want) {
		t.Errorf("exit %d\nstdout: %s\nstderr: %s\nwant exit %d and %s…", code, stdout, stderr, exitMisuse, want)
	}
}

func TestNoControlPlane(t *testing.T) {
	empty := t.TempDir()
	t.Setenv("KUBEBUILDER_ASSETS", empty)
	for _, args := range [][]string{{"setup"}, {"replay", story(t, "run\n----\n")}} {
		code, stdout, stderr := edgesim(t, args...)
		if code != exitControlPlane || stdout != "" || !strings.Contains(stderr, empty) {
			t.Errorf("edgesim %s: exit %d, want %d and the folder named\nstdout: %s\nstderr: %s", args[0], code, exitControlPlane, stdout, stderr)
		}
	}
}

func TestList(t *testing.T) {
	code, stdout, stderr := edgesim(t, "list")
	if code != 0 || stderr != "" {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if len(lines) != len(scenarios.Names()) {
		t.Errorf("%d lines for %d scenarios:\n%s", len(lines), len(scenarios.Names()), stdout)
	}
	for n, name := range scenarios.Names() {
		if got, title, _ := strings.Cut(lines[n], " "); got != name || len(strings.TrimSpace(title)) < 10 {
			t.Errorf("line %d is %q, want %s and its title", n+1, lines[n], name)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"help"}, {"replay", "--help"}, {"explore", "--help"}, {"report", "--help"}, {"list", "--help"}, {"setup", "--help"}, {"demo", "--help"}} {
		code, stdout, stderr := edgesim(t, args...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, "Usage:") || !strings.Contains(stdout, "Examples:") {
			t.Errorf("edgesim %s: exit %d, without usage or examples\n%s%s", strings.Join(args, " "), code, stdout, stderr)
		}
	}
	_, replay, _ := edgesim(t, "replay", "--help")
	for _, part := range []string{"--workers int", "--seed number", "--rewrite", "--verbose", "  kill apiserver|etcd|controller [N] [at=12s | before=NAME#N [restart=10s] | after=NAME#N [restart=10s] | while=stopping]\n"} {
		if !strings.Contains(replay, part) {
			t.Errorf("no %q in\n%s", part, replay)
		}
	}
}

// TestExplore explores a scenario that is as it should be, and one that expects what
// will not be.
func TestExplore(t *testing.T) {
	requireControlPlane(t)
	const one = "# One device.\n\ndevice press-01 transfer=10s reboot=5s\ndeploy press-01 image=fw:2\nrun\n----\n"
	for _, tt := range []struct {
		text           string
		code           int
		stdout, stderr string
	}{
		{one, 0, "10 runs of 1 scenario: 0 violations, 0 faults that never came about, ", "explored 10 runs of 1 scenario in "},
		{strings.Replace(one, "run\n", "run\nexpect devicedeployment/press-01 absent\n", 1), exitFailed, "1. What is there is what is expected.\n  press-01: expected no DeviceDeployment press-01\n  found one\n  no fault\n  shrunk to ", "1 of 1 runs broke something"},
	} {
		out := filepath.Join(t.TempDir(), "found")
		code, stdout, stderr := edgesim(t, "explore", "--faults", "killed", "--runs", "6", "--audit", "1", "--repeat", "1", "--out", out, story(t, tt.text))
		if summary, err := os.ReadFile(filepath.Join(out, "summary.txt")); err != nil || string(summary) != stdout || !strings.Contains(stderr, "written to "+out+"\n") {
			t.Errorf("%v: in the folder stands\n%s\nprinted was\n%s\n%s", err, summary, stdout, stderr)
		}
		if tt.code != 0 {
			if code, _, stderr := edgesim(t, "replay", filepath.Join(out, "1-story.txt")); code != exitFailed || !strings.Contains(stderr, "invariant broken: What is there is what is expected.") {
				t.Errorf("replayed: exit %d\n%s", code, stderr)
			}
		}
		if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
			t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
		}
	}
}

func TestCompletion(t *testing.T) {
	code, stdout, _ := edgesim(t, "__complete", "replay", "")
	for _, name := range scenarios.Names() {
		if code != 0 || !strings.Contains(stdout, name+"\n") {
			t.Errorf("exit %d, and %s is not offered:\n%s", code, name, stdout)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, _ := edgesim(t, "completion", shell); code != 0 || !strings.Contains(stdout, "edgesim") {
			t.Errorf("%s: exit %d, %d bytes", shell, code, len(stdout))
		}
	}
}

// oneDevice is a file without a trace.
const oneDevice = `# One device.
device press-01 transfer=20s..40s reboot=15s
deploy press-01 image=fw:2
run
----

# The end.
`

// TestReplay plays one file that has no trace yet, rewrites it, plays it again, and
// then changes a line of it.
func TestReplay(t *testing.T) {
	requireControlPlane(t)
	path := story(t, oneDevice)
	text := func() string {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}

	code, stdout, stderr := edgesim(t, "replay", path)
	if code != exitFailed || text() != oneDevice {
		t.Errorf("a file that tells nothing: exit %d, want %d, and the file untouched", code, exitFailed)
	}
	for _, part := range []string{"story FAILED: ", "doesn't tell yet what happens", "\n+     0s  press-01          created: fw:2\n", "If that is what should happen: edgesim replay --rewrite " + path} {
		if !strings.Contains(stderr, part) {
			t.Errorf("no %q on stderr:\n%s", part, stderr)
		}
	}

	code, rewritten, stderr := edgesim(t, "replay", "--rewrite", path)
	if code != 0 || text() != rewritten || rewritten != stdout || !strings.Contains(stderr, path+" rewritten\n") || !strings.Contains(stderr, "story held: ") {
		t.Errorf("--rewrite: exit %d\nthe file: %s\nstdout: %s\nstderr: %s", code, text(), rewritten, stderr)
	}
	if !strings.HasPrefix(rewritten, strings.TrimSuffix(oneDevice, "\n# The end.\n")) || !strings.HasSuffix(rewritten, "\n\n# The end.\n") || !strings.Contains(rewritten, "Verifying → Succeeded") {
		t.Errorf("rewritten to\n%s", rewritten)
	}

	// The same bytes with any number of workers and a second file; the controller's log
	// goes to stderr only.
	code, stdout, stderr = edgesim(t, "replay", "--workers", "16", "--verbose", path, path)
	if code != 0 || stdout != rewritten+"\n"+rewritten || strings.Count(stderr, "story held: ") != 2 || !strings.Contains(stderr, "  log: ") {
		t.Errorf("twice, verbose, at 16 workers: exit %d\nstdout: %s\nstderr: %s", code, stdout, stderr)
	}

	changed := strings.Replace(rewritten, "Verifying → Succeeded", "Verifying → Failed", 1)
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = edgesim(t, "replay", path)
	if code != exitFailed || stdout != rewritten || text() != changed {
		t.Errorf("a changed line: exit %d, want %d\nstdout: %s", code, exitFailed, stdout)
	}
	var minus, plus []string
	for line := range strings.Lines(stderr) {
		switch {
		case strings.HasPrefix(line, "-") && !strings.HasPrefix(line, "---"):
			minus = append(minus, line)
		case strings.HasPrefix(line, "+") && !strings.HasPrefix(line, "+++"):
			plus = append(plus, line)
		}
	}
	if len(minus) != 1 || !strings.Contains(minus[0], "Verifying → Failed") || len(plus) != 1 || !strings.Contains(plus[0], "Verifying → Succeeded") {
		t.Errorf("the diff is not about that line:\n%s", stderr)
	}

	// With another seed the transfer takes another time. Then only the invariants are
	// checked, although the file contains the trace of its own seed.
	code, stdout, stderr = edgesim(t, "replay", "--seed", "42", path)
	if code != 0 || stdout == rewritten || !strings.Contains(stdout, "Verifying → Succeeded") || !strings.Contains(stderr, "story held: ") || text() != changed {
		t.Errorf("--seed: exit %d\nstdout: %s\nstderr: %s", code, stdout, stderr)
	}
}

// TestAScenarioThatCannotGoOn checks that the error names the line that failed.
func TestAScenarioThatCannotGoOn(t *testing.T) {
	requireControlPlane(t)
	path := story(t, "device press-01\ndeploy press-01 image=fw:2\nkill controller after=press-01#1000\n----\n")
	code, stdout, stderr := edgesim(t, "replay", path)
	if code != exitFailed || !strings.Contains(stdout, "Verifying → Succeeded") || !strings.Contains(stderr, path+":3: press-01#1000/after was never reached") || !strings.Contains(stderr, "1 of 1 scenarios failed") {
		t.Errorf("exit %d, want %d\nstdout: %s\nstderr: %s", code, exitFailed, stdout, stderr)
	}
}

// TestAnEndThatNothingCanBring checks its exit code, which another failure overrides.
func TestAnEndThatNothingCanBring(t *testing.T) {
	requireControlPlane(t)
	endless := story(t, "device press-01\ndeploy press-01 image=fw:2\nkill controller at=12s\nrun\n----\n")
	code, _, stderr := edgesim(t, "replay", endless)
	if code != exitUnended || !strings.Contains(stderr, endless+":4: press-01 does not end: Transferring, attempt 1, and nothing more happens, since no controller is running") {
		t.Errorf("exit %d, want %d\nstderr: %s", code, exitUnended, stderr)
	}
	if code, _, stderr := edgesim(t, "replay", endless, story(t, oneDevice)); code != exitFailed {
		t.Errorf("beside a file that tells nothing: exit %d, want %d\nstderr: %s", code, exitFailed, stderr)
	}
}

func TestInterruptedBeforeItBegins(t *testing.T) {
	requireControlPlane(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, []string{"replay", story(t, oneDevice)}, strings.NewReader(""), &stdout, &stderr); code != exitInterrupted || stderr.String() != "edgesim: interrupted\n" {
		t.Errorf("exit %d, want %d\n%s", code, exitInterrupted, stderr.String())
	}
}

// TestInterruptLeavesNothing interrupts the program during a replay, and then looks for
// its processes and folders. Every process of a control plane has a path in the
// program's temporary folder on its command line.
func TestInterruptLeavesNothing(t *testing.T) {
	assets := requireControlPlane(t)
	binary := filepath.Join(t.TempDir(), "edgesim")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Long enough to be interrupted: a year of polls.
	path := story(t, "timing transfer=87600h poll=1s\ndevice press-01 transfer=8760h\ndeploy press-01 image=fw:2\nrun for=12s\n----\n\nrun\n----\n")
	temporary := t.TempDir()
	const whole = "controller-killed-mid-transfer" // it holds: of what fails, the page is left
	cmd := exec.CommandContext(t.Context(), binary, "replay", "--verbose", "--format", "junit", whole, path)
	var report bytes.Buffer
	cmd.Stdout = &report
	cmd.Env = append(os.Environ(), "TMPDIR="+temporary, "KUBEBUILDER_ASSETS="+assets.Dir)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The first scenario is done, and the controller of the second logs a transition.
	lines := bufio.NewScanner(stderr)
	for _, sign := range []string{whole + " held", "  log: "} {
		for lines.Scan() && !strings.Contains(lines.Text(), sign) {
			t.Log(lines.Text())
		}
	}
	if running := processesIn(t, temporary); len(running) < 2 {
		t.Errorf("no control plane is running, only %v", running)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	_ = cmd.Wait() // the exit code is looked at next
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || last != "edgesim: interrupted" {
		t.Errorf("%v, last saying %q; want exit %d", cmd.ProcessState, last, exitInterrupted)
	}
	var suite junitSuite
	if err := xml.Unmarshal(report.Bytes(), &suite); err != nil || suite.Tests != 1 {
		t.Errorf("the report tells of %d scenarios, not of the one that was through (%v):\n%s", suite.Tests, err, report.String())
	}
	if left := processesIn(t, temporary); len(left) > 0 {
		t.Errorf("left running: %v", left)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// processesIn returns the processes that have a path in a folder on their command
// lines.
func processesIn(t *testing.T, folder string) []string {
	t.Helper()
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Skip("there is no /proc here to look for processes in")
	}
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range lines {
		line, err := os.ReadFile(path)
		if err == nil && bytes.Contains(line, []byte(folder)) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}
