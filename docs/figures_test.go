package docs_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/operator/controller"
)

// figure is a figure of a page: %s in the words around it, and what it is.
type figure struct{ page, words, is string }

// figures are the figures that the code, or a scenario, says.
func figures(t *testing.T) []figure {
	s := sources{t}
	return []figure{
		{"README.md", "need Go %s, git, make and bash", s.only("go.mod", `(?m)^go (\d+\.\d+)`)},
		{"README.md", "(%s s in ", s.last("scenarios/controller-killed-mid-transfer.txt", `(?m)^ *(\d+)s  `)},
		{"README.md", "a `devicesim` for each of %s devices", inWords(s.count("scenarios/realtime/demo.go", `(?m)^\t\{"press-\d+", "`))},
		{"README.md", "the operator and %s devices as Pods", inWords(s.files("operator/config/demo/plant/fault-plans/*"))},
		{"README.md", "the manager killed %s times", s.only("scenarios/realtime/sigkill_test.go", `kills += (\d+)`)},
		{"README.md", "%s states and Failed", inWords(s.count("operator/api/v1/status.go", `(?m)^\t\w+ +Phase = `) - 1)},
		{"README.md", "Exactly %s CRD", inWords(s.files("operator/config/crd/*_*.yaml"))},
		{"README.md", "[Apache %s]", s.only("LICENSE", `Version (\d\.\d)`)},

		{"docs/device.md", "drawn anew each time; %s by default", devicesim.DefaultPlan.Transfer.Max.String()},
		{"docs/device.md", "API on [::]%s, ", s.only("cmd/devicesim/options.go", `"listen", "(:\d+)"`)},
		{"docs/device.md", "/healthz on [::]%s", s.only("cmd/devicesim/options.go", `"health-listen", "(:\d+)"`)},
		{"docs/device.md", "has a header of %s MiB", strconv.Itoa(1 << s.number("devicesim/deliver.go", `hugeHeaderSize = 1 << (\d+)`) >> 20)},
		{"docs/device.md", "before at least %s right ones", inWords(s.number("devicesim/bound.go", `rightsBetween = (\d+)`))},
		{"docs/device.md", "SIGTERM stops it within %s seconds", inWords(s.number("cmd/devicesim/serve.go", `grace += (\d+) \* time.Second`))},

		{"docs/failure-model.md", "before at least %s right ones", inWords(s.number("devicesim/bound.go", `rightsBetween = (\d+)`))},
		{"docs/failure-model.md", "the call timeout (%s s by default)", s.only("cmd/manager/settings.go", `callTimeout: (\d+) \* time.Second`)},
		{"docs/failure-model.md", "a read and a write of the API server of %s s", s.only("operator/controller/reconciler.go", `apiTimeout = (\d+) \* time.Second`)},
		{"docs/failure-model.md", "%s readings that a device answers just in time", inWords(s.number("operator/device/client.go", `maxReadings = (\d+)`))},
		{"docs/failure-model.md", "there are %s by default", s.only("cmd/manager/settings.go", `workers: +(\d+)`)},
		{"docs/failure-model.md", "*delay none of %s others by a moment*", s.only("scenarios/hostile_test.go", `delay none of (\d+) others`)},

		{"docs/glossary.md", "before at least %s right ones", inWords(s.number("devicesim/bound.go", `rightsBetween = (\d+)`))},
		{"docs/glossary.md", "until two in a row agree, at most %s", inWords(s.number("operator/device/client.go", `maxReadings = (\d+)`))},

		{"docs/invariants.md", "%s runs of the scenarios with other seeds", s.only("Makefile", ` -soak=(\d+)`)},
		{"docs/invariants.md", "and %s random stories", s.only("Makefile", ` -soak=(\d+)`)},

		{"docs/reconcile.md", "until two answers in a row agree, at most %s times", inWords(s.number("operator/device/client.go", `maxReadings = (\d+)`))},
		{"docs/reconcile.md", "down for %s hours finds the image staged", inWords(s.number("scenarios/down-for-two-hours.txt", `(?m)^run for=(\d+)h`))},
		{"docs/reconcile.md", "for %s hours and a resync", s.total("scenarios/nothing-to-do.txt", `(?m)^run for=(\d+)h`)},
		{"docs/reconcile.md", "again after a poll interval (%s s by default)", s.only("cmd/manager/settings.go", `Poll: +(\d+) \* time.Second`)},
		{"docs/reconcile.md", "or up to %s %% of it earlier or later", s.only("cmd/manager/settings.go", `Jitter: +(\d+),`)},
		{"docs/reconcile.md", "tries again after %s ms", strconv.Itoa(int(controller.FirstRetry / time.Millisecond))},
		{"docs/reconcile.md", "doubling up to %s s", strconv.Itoa(int(controller.LastRetry / time.Second))},
		{"docs/reconcile.md", "given up after %s s", s.only("operator/controller/reconciler.go", `apiTimeout = (\d+) \* time.Second`)},
		{"docs/reconcile.md", "*waits %s s for the API server at most", s.only("operator/controller/reconciler.go", `apiTimeout = (\d+) \* time.Second`)},
		{"docs/invariants.md", "longer than any world waits (%s years)", s.only("scenarios/edge/patience.go", `mostPatience = (\d+) \* 365`)},
		{"docs/reconcile.md", "with at most %s s of patience", s.only("operator/controller/event.go", `eventTimeout = (\d+) \* time.Second`)},

		{"docs/state-machine.md", "the deadlines are 1, %s minutes", s.only("operator/rollout/bounds_test.go", `Reboot: (\d+) \* time.Minute`) +
			" and " + s.only("operator/rollout/bounds_test.go", `Verify: (\d+) \* time.Minute`)},
	}
}

// measured are the figures that only a measurement says, and with what command
// of that page it was made. The words say on what machine.
var measured = []struct{ page, words, command string }{
	{"README.md", "takes about 12 minutes on 2 cores, and 5 GB of disk, once", "make replay"},
	{"README.md", "about 0.1 s on 2 cores)", "make replay"},
	{"README.md", "After some 25 s on 2 cores", "make demo-local"},
}

// names are numbers that are no figures: of standards, of an HTTP answer, of a
// list's item, of an attempt, of an API.
var names = regexp.MustCompile(`RFC \d+|62443-2-3|800-82r3|NE 178|(?m)^\d+\. |\b(?:[24]\d\d|307)\b|attempt 1|0 attempts|\bv\d+\b|k8s|press-\d+`)

// aTime is a duration as prose has it.
var aTime = regexp.MustCompile(`\b(\d+) (s|ms|second|minute|hour)s?\b`)

// explained takes the durations out of a line that stand in code, too, in the
// form that code has: in that of the same line, whose example they explain; and,
// of a scenario's title, in that scenario.
func explained(t *testing.T, line string) string {
	code := strings.Join(codeSpan.FindAllString(line, -1), " ")
	if m := titled.FindStringSubmatch(line); m != nil {
		code = comment.ReplaceAllString(text(t, "scenarios/"+m[1]), "")
	}
	return aTime.ReplaceAllStringFunc(line, func(said string) string {
		m := aTime.FindStringSubmatch(said)
		unit := m[2]
		if unit != "ms" {
			unit = unit[:1]
		}
		if regexp.MustCompile(`\b` + m[1] + unit + `\b`).MatchString(code) {
			return ""
		}
		return said
	})
}

var (
	titled  = regexp.MustCompile(`^- \[[a-z-]+\]\(([a-z-]+\.txt)\): `)
	comment = regexp.MustCompile(`(?m)^#.*$`)
)

// TestEveryFigureIsRight holds each figure to where it comes from, and looks
// for others.
func TestEveryFigureIsRight(t *testing.T) {
	rest := map[string]string{}
	for _, path := range pages(t) {
		rest[path] = text(t, path)
	}
	found := func(page, words string) {
		if !strings.Contains(rest[page], words) {
			t.Errorf("%s doesn't say %q", page, words)
		}
		rest[page] = strings.ReplaceAll(rest[page], words, "")
	}
	for _, f := range figures(t) {
		found(f.page, fmt.Sprintf(f.words, f.is))
	}
	for _, m := range measured {
		if !strings.Contains(m.words, " on 2 cores") || !strings.Contains(text(t, m.page), m.command) {
			t.Errorf("%s: %q was measured somewhere, by something", m.page, m.words)
		}
		found(m.page, m.words)
	}
	for page, text := range rest {
		for _, line := range unsourced(t, text) {
			t.Errorf("%s: where is the figure from in %q?", page, line)
		}
	}
}

// TestAFigureWithoutASourceIsFound shows what counts as one.
func TestAFigureWithoutASourceIsFound(t *testing.T) {
	for text, want := range map[string]int{
		"It takes 3 s.":                                         1,
		"| a | 20 MB |\n- 5 of them":                            2,
		"1. First, see RFC 9457: `#7` is a 202.":                0,
		"[a page](to/page-51.html) says so":                     0,
		"`kill controller at=12s` is after 12 s.":               0,
		"`kill controller at=12s` is after 2 s.":                1,
		"`a-late-burn` takes 20 seconds.":                       1,
		"- [a-late-burn](a-late-burn.txt): Late by 20 seconds.": 0,
		"- [a-late-burn](a-late-burn.txt): Late by 21 seconds.": 1,
		"```\n0s  press-01\n```\nand 7":                         1,
		"<!-- x: generated by y -->\n7\n<!-- end":               0,
	} {
		if got := unsourced(t, text); len(got) != want {
			t.Errorf("%q: found %q", text, got)
		}
	}
}

var (
	generated = regexp.MustCompile(`(?s)<!-- [a-z]+: generated by.*?<!-- end`)
	quoted    = regexp.MustCompile(`(?m)^<!-- quoted from \S+ -->\n(?:\|.*\n)+`)
	fenced    = regexp.MustCompile("(?ms)^```.*?^```")
	targets   = regexp.MustCompile(`\]\([^)]*\)`)
	digit     = regexp.MustCompile(`\d`)
)

// unsourced lists the lines with a number in their prose. What is quoted, typed
// or generated is held by other tests.
func unsourced(t *testing.T, text string) []string {
	t.Helper()
	for _, other := range []*regexp.Regexp{generated, quoted, fenced} {
		text = other.ReplaceAllString(text, "")
	}
	var lines []string
	for line := range strings.Lines(text) {
		line = explained(t, line)
		for _, other := range []*regexp.Regexp{codeSpan, targets, names} {
			line = other.ReplaceAllString(line, "")
		}
		if digit.MatchString(line) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// sources reads figures out of files, by their paths from the root.
type sources struct{ t *testing.T }

// all are the matches of a pattern's group, or of the pattern.
func (s sources) all(path, pattern string) []string {
	s.t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text(s.t, path), -1) {
		all = append(all, m[len(m)-1])
	}
	if len(all) == 0 {
		s.t.Fatalf("nothing in %s is like %s", path, pattern)
	}
	return all
}

// only is the one match; several have to be the same.
func (s sources) only(path, pattern string) string {
	s.t.Helper()
	all := s.all(path, pattern)
	for _, other := range all {
		if other != all[0] {
			s.t.Errorf("%s: %q and %q are both like %s", path, all[0], other, pattern)
		}
	}
	return all[0]
}

func (s sources) last(path, pattern string) string {
	s.t.Helper()
	all := s.all(path, pattern)
	return all[len(all)-1]
}

func (s sources) count(path, pattern string) int {
	s.t.Helper()
	return len(s.all(path, pattern))
}

func (s sources) number(path, pattern string) int {
	s.t.Helper()
	n, err := strconv.Atoi(s.only(path, pattern))
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s sources) total(path, pattern string) string {
	s.t.Helper()
	sum := 0
	for _, part := range s.all(path, pattern) {
		n, err := strconv.Atoi(part)
		if err != nil {
			s.t.Fatal(err)
		}
		sum += n
	}
	return strconv.Itoa(sum)
}

func (s sources) files(pattern string) int {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(found) == 0 {
		s.t.Fatalf("no files %s: %v", pattern, err)
	}
	return len(found)
}

// inWords is a number as prose has it.
func inWords(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
	if n < 0 || n >= len(words) {
		return strconv.Itoa(n)
	}
	return words[n]
}
