package explore

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const header = `{"header":{"version":"explore/1","arguments":{"away":[0],"rest":1,"seed":1},"scenarios":[{"name":"a","sha256":"00"}]}}` + "\n"

func TestAJournalIsRead(t *testing.T) {
	const run = `{"run":{"stage":"fault","n":3,"scenario":"a","faults":[{"kind":"lost","command":"request web#5 answer=lost","line":7,"what":"web#5 create"}]}}` + "\n"
	for name, tt := range map[string]struct {
		text  string
		runs  int
		whole int // bytes
		err   string
	}{
		"whole":            {header + `{"planned":{"stage":"fault","runs":9}}` + "\n" + run, 1, len(header) + 39 + len(run), ""},
		"cut short":        {header + run + run[:40], 1, len(header) + len(run), ""},
		"cut at the end":   {header + strings.TrimSuffix(run, "\n"), 0, len(header), ""},
		"empty":            {"", 0, 0, "it is no journal"},
		"cut in its first": {header[:20], 0, 0, "it is no journal"},
		"no header":        {run, 0, 0, "it is no journal"},
		"another format":   {strings.Replace(header, "explore/1", "explore/9", 1), 0, 0, "its version is explore/9, and explore/1 is what can be read"},
		"two headers":      {header + header, 0, 0, "line 2: a second header"},
		"an empty line":    {header + "{}\n", 0, 0, "line 2: neither what is planned nor a run"},
		"something else":   {header + `{"ruin":{}}` + "\n", 0, 0, "line 2: "},
	} {
		j, err := ReadJournal(strings.NewReader(tt.text))
		if tt.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), tt.err) {
				t.Errorf("%s: %v, want %s", name, err, tt.err)
			}
			continue
		}
		if err != nil || len(j.Runs) != tt.runs || j.Length != int64(tt.whole) {
			t.Errorf("%s: %d runs, %d bytes, %v; want %d and %d", name, len(j.Runs), j.Length, err, tt.runs, tt.whole)
		}
	}
}

func TestHeadersDiffer(t *testing.T) {
	one := func() Header {
		return Header{Version: Version, Arguments: Arguments{Away: []time.Duration{0}, Seed: 1}, Scenarios: []Text{{"a", "00"}}}
	}
	for want, change := range map[string]func(*Header){
		"":                                func(h *Header) { h.Shard = Shard{1, 4} },
		"version explore/1 and explore/2": func(h *Header) { h.Version = "explore/2" },
		"seed 1 and 2":                    func(h *Header) { h.Arguments.Seed = 2 },
		"away [0s] and [1s]":              func(h *Header) { h.Arguments.Away = []time.Duration{time.Second} },
		"1 and 0 scenarios":               func(h *Header) { h.Scenarios = nil },
		"scenarios a and b":               func(h *Header) { h.Scenarios[0].Name = "b" },
		"the text of scenario a":          func(h *Header) { h.Scenarios[0].SHA256 = "01" },
	} {
		other := one()
		change(&other)
		if got := one().Differs(other); got != want {
			t.Errorf("they differ in %q, not in %q", got, want)
		}
	}
}

func TestParseShard(t *testing.T) {
	for _, tt := range []struct {
		text, index string
		want        Shard
		err         string
	}{
		{"0/4", "", Shard{0, 4}, ""},
		{"3/4", "1", Shard{3, 4}, ""},
		{"/4", "1", Shard{1, 4}, ""},
		{"/4", "", Shard{}, "expected an index from 0 to 3 before the /, or in JOB_COMPLETION_INDEX"},
		{"4/4", "", Shard{}, "expected an index from 0 to 3"},
		{"-1/4", "", Shard{}, "expected an index from 0 to 3"},
		{"0", "", Shard{}, "expected a part such as 0/4"},
		{"0/0", "", Shard{}, "expected a part such as 0/4"},
		{"", "", Shard{}, "expected a part such as 0/4"},
	} {
		got, err := ParseShard(tt.text, tt.index)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.HasPrefix(err.Error(), tt.err) {
			t.Errorf("%q with index %q: %v, %v; want %v, %s", tt.text, tt.index, got, err, tt.want, tt.err)
		}
	}
}

// TestInTurn has three scenarios with faults of two kinds and two ranks.
func TestInTurn(t *testing.T) {
	var all []Fault
	for recording, few := range []int{1, 4, 2} {
		for rank := range 2 {
			for range 9 {
				all = append(all, Fault{recording: recording, rank: rank, Kind: Killed})
			}
			for range few {
				all = append(all, Fault{recording: recording, rank: rank, Kind: Lost})
			}
		}
	}
	for n := range all {
		all[n].Line = n
	}
	sorted := inTurn(all, 1)
	if got := slices.SortedFunc(slices.Values(sorted), func(a, b Fault) int { return a.Line - b.Line }); !reflect.DeepEqual(got, all) {
		t.Fatalf("these aren't all of them: %v", sorted)
	}
	if reflect.DeepEqual(sorted, inTurn(all, 2)) {
		t.Error("another seed draws the same order")
	}
	half := len(all) / 2
	for n, f := range sorted {
		if f.rank != n/half {
			t.Fatalf("the %d-th has rank %d", n, f.rank)
		}
	}
	scenarios, lost := map[int]bool{}, map[int]int{}
	for n, f := range sorted[:9] {
		if scenarios[f.recording] = true; len(scenarios) != min(n+1, 3) {
			t.Errorf("after %d, %d scenarios have had one", n+1, len(scenarios))
		}
		if f.Kind == Lost {
			lost[f.recording]++
		}
	}
	for recording := range scenarios {
		if n := lost[recording]; n != 1 && n != 2 {
			t.Errorf("of the first three of scenario %d, %d have an answer lost", recording, n)
		}
	}
}

// TestShares says how many runs the stages may have.
func TestShares(t *testing.T) {
	for _, tt := range []struct {
		runs, taken int
		later       []int
		want        int
	}{
		{0, 5, nil, 1<<63 - 1}, {100, 10, nil, 90}, {100, 10, []int{1000}, 45}, {100, 10, []int{20}, 70}, {100, 10, []int{1000, 20}, 40}, {5, 9, []int{7}, 0},
	} {
		x := &exploration{Options: Options{Runs: tt.runs}, taken: tt.taken}
		if got := x.most(tt.later...); got != tt.want {
			t.Errorf("of %d runs, of which %d are taken, with %v to come: %d, want %d", tt.runs, tt.taken, tt.later, got, tt.want)
		}
	}
}
