package main

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/scenarios/edge"
)

const toExplore = "# One device.\n\ndevice press-01 transfer=10s reboot=5s\ndeploy press-01 image=fw:2\nrun\n----\n"

// TestExploreInParts explores a scenario as a whole and in two parts, puts these
// together, and goes on with a journal that was cut short.
func TestExploreInParts(t *testing.T) {
	requireControlPlane(t)
	folder := t.TempDir()
	journal := func(name string) string { return filepath.Join(folder, name+".jsonl") }
	path := story(t, toExplore)
	explore := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := edgesim(t, append(append([]string{"explore", "--runs", "20", "--audit", "2", "--worlds", "3"}, args...), path)...)
		if code != 0 || !strings.Contains(stderr, "explored ") {
			t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
		}
		return stdout
	}
	whole := explore("--journal", journal("whole"))
	if !strings.Contains(whole, "3 random worlds\n") || !strings.Contains(whole, "single faults") {
		t.Errorf("it says\n%s", whole)
	}

	explore("--journal", journal("0"), "--shard", "0/2")
	t.Setenv("JOB_COMPLETION_INDEX", "1")
	explore("--journal", journal("1"), "--shard", "/2")
	if code, together, stderr := edgesim(t, "report", journal("1"), journal("0")); code != 0 || together != whole || stderr != "" {
		t.Errorf("exit %d; put together, the parts are\n%s\nand the whole is\n%s\n%s", code, together, whole, stderr)
	}
	if code, _, stderr := edgesim(t, "report", journal("1")); code != exitFailed || stderr != "shard 0/2 is missing\nedgesim: nothing is broken in the others, but 1 of 2 shards are missing\n" {
		t.Errorf("of one part: exit %d, %q", code, stderr)
	}
	if code, _, stderr := edgesim(t, "report", journal("1"), journal("whole")); code != exitMisuse || !strings.Contains(stderr, "are not of one exploration: shards 1/2 and 0/0") {
		t.Errorf("of a part and a whole: exit %d, %q", code, stderr)
	}

	text, err := os.ReadFile(journal("whole"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(journal("cut"), text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if again := explore("--resume", journal("cut")); again != whole {
		t.Errorf("it goes on to\n%s\nwant\n%s", again, whole)
	}
	if code, again, stderr := edgesim(t, "report", journal("cut")); code != 0 || again != whole {
		t.Errorf("its journal says, exit %d,\n%s\nwant\n%s\n%s", code, again, whole, stderr)
	}
	if code, _, stderr := edgesim(t, "explore", "--resume", journal("cut"), path); code != exitMisuse || !strings.Contains(stderr, "it is the journal of something else: runs 0 and 20") {
		t.Errorf("with other arguments: exit %d, %s", code, stderr)
	}

	code, lines, stderr := edgesim(t, "report", "--format", "json", journal("whole"))
	if code != 0 || strings.Count(lines, "\n") != strings.Count(string(text), "\n") {
		t.Errorf("as JSON: exit %d\n%s\n%s", code, lines, stderr)
	}
	var suite junitSuite
	code, report, _ := edgesim(t, "report", "--format", "junit", journal("whole"))
	if err := xml.Unmarshal([]byte(report), &suite); err != nil || code != 0 || suite.Tests != strings.Count(lines, `{"run"`) || suite.Failures != 0 {
		t.Errorf("as JUnit: exit %d, %v, %d tests, %d failures\n%s", code, err, suite.Tests, suite.Failures, report)
	}
}

// TestExploreTellsInEachFormat explores a scenario that expects what will not be.
func TestExploreTellsInEachFormat(t *testing.T) {
	requireControlPlane(t)
	path := story(t, strings.Replace(toExplore, "run\n", "run\nexpect devicedeployment/press-01 absent\n", 1))
	for format, want := range map[string]string{
		formatJSON:  `"promise":"What is there is what is expected.","object":"press-01"`,
		formatJUnit: `<failure message="What is there is what is expected.">`,
	} {
		if code, stdout, stderr := edgesim(t, "explore", "--format", format, path); code != exitFailed || !strings.Contains(stdout, want) {
			t.Errorf("%s: exit %d\n%s\n%s", format, code, stdout, stderr)
		}
	}
}

func TestPrintWorld(t *testing.T) {
	code, text, stderr := edgesim(t, "explore", "--print-world", "3", "--seed", "7")
	if _, err := edge.Language.Parse("world.txt", text); code != 0 || err != nil || !strings.HasPrefix(text, "# Random world 3 of seed 7.\n") {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, text, stderr)
	}
}

// TestExploreIsInterrupted interrupts it once some runs are through.
func TestExploreIsInterrupted(t *testing.T) {
	requireControlPlane(t)
	journal := filepath.Join(t.TempDir(), "journal.jsonl")
	cmd := process(t, nil, "explore", "--worlds", "100000", "--format", "json", "--journal", journal)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	runs := 0
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), `{"run"`) {
			continue
		}
		if runs++; runs == 3 {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // the exit code is looked at next
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(stderr.String(), fmt.Sprintf("explored %d runs of 0 scenarios and %d random worlds in ", runs, runs)) {
		t.Errorf("exit %d, with %d runs\n%s", code, runs, stderr.String())
	}
	_, report, _ := edgesim(t, "report", journal)
	if want := fmt.Sprintf("%d left out: %d worlds\n", 100000-runs, 100000-runs); !strings.HasSuffix(report, want) {
		t.Errorf("the journal says\n%s\nand not %s", report, want)
	}
}

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	now := time.Duration(0)
	b := &progressBar{out: &out, elapsed: func() time.Duration { return now }}
	for _, step := range []struct {
		at          time.Duration
		done, total int
		want        string
	}{
		{10 * time.Second, 100, 1204, "\r\x1b[K100 of 1,204 runs, 10/s, 1m50s left, 2 violations"},
		{10*time.Second + progressInterval - 1, 101, 1204, ""},
		{20 * time.Second, 1204, 1204, "\r\x1b[K1,204 of 1,204 runs, 60/s, 0s left, 2 violations"},
	} {
		out.Reset()
		now = step.at
		if b.draw(step.done, step.total, 2); out.String() != step.want {
			t.Errorf("at %v it writes %q, want %q", step.at, out.String(), step.want)
		}
	}
	out.Reset()
	if b.clear(); out.String() != "\r\x1b[K" {
		t.Errorf("in the end it writes %q", out.String())
	}
	(*progressBar)(nil).clear()
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1204: "1,204", -1204: "-1,204", 999999: "999,999", 1000000: "1,000,000", -100: "-100"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
