package docs_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/trace"
)

// TestThePageOfTracesIsWhole holds trace.md to the lists in harness/trace, the fields
// of scenarios/edge and the state changes of devicesim: each name is in the first column of a table, and none
// that doesn't exist.
func TestThePageOfTracesIsWhole(t *testing.T) {
	var kinds, failures []string
	for _, k := range trace.Kinds() {
		kinds = append(kinds, string(k))
	}
	for _, f := range trace.Failures() {
		failures = append(failures, string(f))
	}
	fields := append(constants(t, "../scenarios/edge/describe.go", `\w+Field\s+`), trace.Path, trace.About, trace.Error, trace.CacheTime, trace.WaitsForAPI, trace.During, trace.Side, trace.RequestNumber, trace.RequestSubject, trace.HeldByFinalizer, trace.Patch)
	states := constants(t, "../devicesim/truth.go", `\w+ ChangeKind `)
	roles := []string{string(trace.World), string(trace.Person), string(trace.Controller), string(trace.Program), string(trace.System), string(trace.Reaction)}
	for head, want := range map[string][]string{"kind": kinds, "failure": failures, "field": fields, "role": roles, "state": states} {
		got := named(text(t, "docs/trace.md"), head)
		slices.Sort(got)
		slices.Sort(want)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("the tables of a %s name\n%v, want\n%v", head, got, want)
		}
	}
}

// constants are the values of a file's constants whose declarations begin so.
func constants(t *testing.T, path, begin string) (values []string) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t`+begin+`= "([\w-]+)"$`).FindAllStringSubmatch(string(source), -1) {
		values = append(values, m[1])
	}
	return values
}

// named are the names in the first columns of the tables whose first column has a
// heading.
func named(page, heading string) (names []string) {
	in := false
	for line := range strings.Lines(page) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		switch {
		case !strings.HasPrefix(line, "|"):
			in = false
		case first == heading:
			in = true
		case in:
			for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(first, -1) {
				names = append(names, m[1])
			}
		}
	}
	return names
}
