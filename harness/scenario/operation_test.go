package scenario

import (
	"testing"

	"example.com/edge-device-operator/harness/process"
)

func TestParseOperation(t *testing.T) {
	for text, want := range map[string]process.Operation{
		"press-01#7":              {Object: "press-01", Number: 7},
		"left:other/web#12":       {Object: "left:other/web", Number: 12},
		"@main#1":                 {Object: "@main", Number: 1},
		"job-<web#2>#3":           {Object: "job-<web#2>", Number: 3},
		"job-<job-<1>#2>#3":       {Object: "job-<job-<1>#2>", Number: 3},
		"left:job-<left:a/b#2>#3": {Object: "left:job-<left:a/b#2>", Number: 3},
		"node.gc:#2":              {Object: "node.gc:", Number: 2},
		"":                        {}, "web": {}, "web#": {}, "web#0": {}, "#3": {}, ":#3": {}, "web#2#3": {}, "job-<web#2#3": {}, "job-<>#3": {},
	} {
		if got, err := parseOperation(text); got != want || (err == nil) != (want.Number > 0) {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
}
