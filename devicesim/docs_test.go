package devicesim

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const docs = "../docs/device.md"

// faultTable is the documentation's table of what faults do.
func faultTable() string {
	var b strings.Builder
	b.WriteString("| of | do | fields | what happens |\n|---|---|---|---|\n")
	for _, e := range allEffects {
		var of, fields []string
		for _, place := range e.of {
			of = append(of, place)
			needs, takes := e.fieldsOf(place)
			for _, f := range needs {
				fields = append(fields, "`"+f+"`")
			}
			for _, f := range takes {
				if f == "acts" {
					f = fmt.Sprintf("acts: %t", e.acts)
				}
				fields = append(fields, "[`"+f+"`]")
			}
		}
		if slices.Contains(of, ofAny) {
			of = slices.DeleteFunc(of, func(s string) bool { return slices.Contains(ofRequests, s) })
			of = append(of, "any request")
		}
		slices.Sort(fields)
		if e.lies {
			fields = append(fields, "[`beyondBound: false`]")
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", strings.Join(of, ", "), e.name, strings.Join(slices.Compact(fields), ", "), e.says)
	}
	return b.String()
}

func TestTheDocumentedFaultsAreTheOnesThereAre(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\n"+faultTable()+"\n") {
		t.Errorf("%s should hold this table:\n%s", docs, faultTable())
	}
}

func TestTheDocumentedPlanIsOne(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	plans := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(text, -1)
	if len(plans) == 0 {
		t.Fatal("there is none")
	}
	for _, p := range plans {
		if _, err := ParsePlan(p[1]); err != nil {
			t.Error(err)
		}
	}
}
