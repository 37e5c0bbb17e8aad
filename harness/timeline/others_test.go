package timeline

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

func TestWritePerfetto(t *testing.T) {
	var out strings.Builder
	if err := WritePerfetto(&out, run(), Words{State: phase}); err != nil {
		t.Fatal(err)
	}
	var d struct{ TraceEvents []perfettoEvent }
	if err := json.Unmarshal([]byte(out.String()), &d); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range d.TraceEvents {
		count[e.Phase]++
		if e.Name == "controller 1" && e.Phase == "X" && (e.At != 0 || e.Lasts != 3e6) {
			t.Errorf("controller 1 lives for %d µs from %d on", e.Lasts, e.At)
		}
	}
	// Three groups and four lanes; two lives and two phases; eight events.
	if count["M"] != 7 || count["X"] != 4 || count["i"] != 8 {
		t.Errorf("%v", count)
	}
}

// TestWriteShiViz checks that ShiViz's own rules hold: its expression finds each event, and
// a host's own clock goes up by one each time.
func TestWriteShiViz(t *testing.T) {
	var out strings.Builder
	if err := WriteShiViz(&out, run(), Words{}); err != nil {
		t.Fatal(err)
	}
	expression, log, _ := strings.Cut(out.String(), "\n\n")
	parser := regexp.MustCompile(strings.NewReplacer("(?<", "(?P<").Replace(expression))
	all := parser.FindAllStringSubmatch(log, -1)
	if 2*len(all) != strings.Count(log, "\n") {
		t.Fatalf("%d events in\n%s", len(all), log)
	}
	last := map[string]map[string]int{}
	for _, one := range all {
		host, clock := one[1], map[string]int{}
		if err := json.Unmarshal([]byte(one[2]), &clock); err != nil {
			t.Fatal(err)
		}
		if clock[host] != last[host][host]+1 {
			t.Errorf("%s: %v follows %v", host, clock, last[host])
		}
		for other, n := range clock {
			if other != host && n > last[other][other] {
				t.Errorf("%s has heard of step %d of %s, which is at %d", host, n, other, last[other][other])
			}
		}
		last[host] = clock
	}
	if last["object-web"]["controller-1"] == 0 || last["object-web"]["controller-2"] == 0 {
		t.Errorf("web has heard of no controller: %v", last)
	}
}
