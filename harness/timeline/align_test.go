package timeline

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/trace"
)

// without is a run without some of its events, with requests numbered anew.
func without(r Run, gone ...int) Run {
	var kept []trace.Event
	for n, e := range r.Events {
		if !slices.Contains(gone, n) {
			kept = append(kept, e)
		}
	}
	r.Events, r.Lines, r.Name = kept, make([]int, len(kept)), "other"
	return r
}

func TestAlign(t *testing.T) {
	whole := run()
	for name, tt := range map[string]struct {
		left, right Run
		want        []Pair
	}{
		"the same":             {whole, whole, []Pair{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}, {7, 7}}},
		"a kill on the left":   {whole, without(whole, 4, 5), []Pair{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, -1}, {5, -1}, {6, 4}, {7, 5}}},
		"a kill on the right":  {without(whole, 4, 5), whole, []Pair{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {-1, 4}, {-1, 5}, {4, 6}, {5, 7}}},
		"nothing on the right": {whole, without(whole, 0, 1, 2, 3, 4, 5, 6, 7), []Pair{{0, -1}, {1, -1}, {2, -1}, {3, -1}, {4, -1}, {5, -1}, {6, -1}, {7, -1}}},
	} {
		if got := Align(tt.left.Events, tt.right.Events, nil); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWriteDifference(t *testing.T) {
	var out strings.Builder
	if same, err := WriteDifference(&out, run(), run(), Words{}); !same || err != nil || out.Len() > 0 {
		t.Errorf("a run differs from itself (%v): %s", err, &out)
	}
	same, err := WriteDifference(&out, run(), without(run(), 4, 5), Words{})
	const want = `--- killed
+++ other
  … 1 step is the same
  1s  1s  web#1     PUT  → 200
  1s  1s  press-01  burns
  2s  2s  web#2     PUT  → 200
- 3s                controller 1 killed
- 4s                controller 2 started
  5s  5s  web#5     PUT  → 200
  6s  6s  web#6     GET press-01: no answer in time
`
	if same || err != nil || out.String() != want {
		t.Errorf("(%v)\n%s", err, &out)
	}
}

// TestDifferingFailures has two runs of the same steps, one of which fails.
func TestDifferingFailures(t *testing.T) {
	fails := run()
	fails.Failure = "it is late\nand more"
	var out strings.Builder
	if same, err := WriteDifference(&out, run(), fails, Words{}); same || err != nil || !strings.HasSuffix(out.String(), "\n- it holds\n+ it fails: it is late\n") {
		t.Errorf("(%v)\n%s", err, &out)
	}
}

// TestCompare checks where the steps of two runs are drawn.
func TestCompare(t *testing.T) {
	r := run()
	other := without(run(), 4, 5)
	r.Beside, r.NoReturn = &other, 6
	d := newData(r, Words{State: phase})
	if want := []lane{
		{controllers, "controller 1", left}, {controllers, "controller 1", right}, {controllers, "controller 2", left}, {controllers, "controller 2", right},
		{objects, "web", left}, {objects, "web", right}, {systems, "press-01", left}, {systems, "press-01", right},
	}; !reflect.DeepEqual(d.Lanes, want) {
		t.Errorf("lanes %v", d.Lanes)
	}
	if want := []side{both, both, both, both, left, left, both, both}; !reflect.DeepEqual(d.Side, want) {
		t.Errorf("sides %v", d.Side)
	}
	if want := []int{1, 5, 7, 5, -1, -1, 5, 5}; !reflect.DeepEqual(d.Twin, want) {
		t.Errorf("twins %v", d.Twin)
	}
	for n, by := range d.TwinBy {
		if d.Twin[n] >= 0 && (by >= 0) != (d.By[n] >= 0) || by >= 0 && (d.Lanes[by].Side != right || d.Lanes[by].Name != d.Lanes[d.By[n]].Name) {
			t.Errorf("step %d is by %d, and beside it by %d", n, d.By[n], by)
		}
	}
	if d.NoReturn != 6 || d.Beside != "other" {
		t.Errorf("no return from %d, beside %s", d.NoReturn, d.Beside)
	}
}
