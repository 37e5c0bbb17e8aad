package docs_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/trace"
)

// TestThePageOfTracesIsWhole holds trace.md to the lists in harness/trace and the
// fields of scenarios/edge: each name is in the first column of a table, and none
// that doesn't exist.
func TestThePageOfTracesIsWhole(t *testing.T) {
	var kinds, failures, fields []string
	for _, k := range trace.Kinds() {
		kinds = append(kinds, string(k))
	}
	for _, f := range trace.Failures() {
		failures = append(failures, string(f))
	}
	source, err := os.ReadFile("../scenarios/edge/describe.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t\w+Field\s+= "(\w+)"$`).FindAllStringSubmatch(string(source), -1) {
		fields = append(fields, m[1])
	}
	fields = append(fields, trace.Path, trace.Sees, trace.Waits, trace.During, trace.Side, trace.At, trace.Of, trace.Held, trace.Patch)
	roles := []string{string(trace.World), string(trace.Person), string(trace.Controller), string(trace.Program), string(trace.System)}
	for head, want := range map[string][]string{"kind": kinds, "failure": failures, "field": fields, "role": roles} {
		got := named(text(t, "docs/trace.md"), head)
		slices.Sort(got)
		slices.Sort(want)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("the tables of a %s name\n%v, want\n%v", head, got, want)
		}
	}
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
