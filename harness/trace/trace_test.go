package trace

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestTakeIsCanonical hands the lines of a few instants over in every mixture
// of objects, as any number of workers might; what comes out is always the same.
func TestTakeIsCanonical(t *testing.T) {
	const s = time.Second
	each := map[string][]Line{
		"": {
			{At: 0, Early: true, Text: "controller 1 started"},
			{At: 5 * s, Text: "controller 1 killed"},
			{At: 5 * s, Early: true, Text: "controller 2 started"},
		},
		"press-01": {
			{At: 0, Object: "press-01", Text: "created"},
			{At: 5 * s, Object: "press-01", First: 1, Last: 1, Text: "b"},
			{At: 5 * s, Object: "press-01", First: 2, Last: 2, Text: "a"},
			{At: 5 * s, Object: "press-01", Early: true, Text: "device: staged"},
		},
		"press-02": {
			{At: 5 * s, Object: "press-02", First: 1, Last: 1, Text: "c"},
			{At: 3 * s, Object: "press-02", Early: true, Text: "device: told late"},
		},
	}
	const want = `0s  controller 1 started
0s  press-01      created
3s  press-02      device: told late
5s  controller 2 started
5s  press-01      device: staged
5s  press-01  #1  b
5s  press-01  #2  a
5s  press-02  #1  c
5s  controller 1 killed
`
	for n := range uint64(50) {
		rng := rand.New(rand.NewPCG(n, 0))
		left := map[string][]Line{"": each[""], "press-01": each["press-01"], "press-02": each["press-02"]}
		var trace Trace
		for len(left) > 0 {
			object := []string{"", "press-01", "press-02"}[rng.IntN(3)]
			if lines := left[object]; len(lines) > 0 {
				trace.Add(lines[0])
				left[object] = lines[1:]
			} else {
				delete(left, object)
			}
		}
		if got := Format(trace.Take()); got != want {
			t.Fatalf("mixture %d gives\n%swant\n%s", n, got, want)
		}
	}
}

func TestTakeTakesOnce(t *testing.T) {
	var trace Trace
	trace.Add(Line{At: 2, Object: "a", Text: "late"})
	if lines := trace.Take(); len(lines) != 1 {
		t.Errorf("took %v", lines)
	}
	// A line of an instant that was taken already stays apart.
	trace.Add(Line{At: 1, Object: "a", Text: "early"})
	if lines := trace.Take(); len(lines) != 1 || lines[0].Text != "early" {
		t.Errorf("took %v", lines)
	}
	if lines := trace.Take(); len(lines) != 0 {
		t.Errorf("took %v again", lines)
	}
}

func TestFormat(t *testing.T) {
	op := func(at time.Duration, object string, first, last int, text string) Line {
		return Line{At: at, Object: object, First: first, Last: last, Text: text}
	}
	for _, tt := range []struct {
		name  string
		lines []Line
		want  string
	}{
		{"nothing", nil, ""},
		{"the world alone", []Line{{Text: "controller 1 started"}}, "0s  controller 1 started\n"},
		{"columns as wide as their widest", []Line{
			{At: time.Second, Text: "controller 1 killed"},
			{At: time.Second, Object: "a", Text: "created"},
			op(time.Minute+5*time.Second, "press-01", 12, 12, "looks"),
		}, "  1s  controller 1 killed\n  1s  a              created\n1m5s  press-01  #12  looks\n"},
		{"no blanks at the end", []Line{{Object: "press-01", Text: ""}, op(0, "press-01", 1, 1, "x  ")}, "0s  press-01\n0s  press-01  #1  x\n"},
		{"what reads the same becomes one", []Line{op(0, "a", 1, 1, "looks"), op(0, "a", 2, 2, "looks"), op(0, "a", 3, 3, "looks")}, "0s  a  #1-3  looks\n"},
		{"but not over a gap", []Line{op(0, "a", 1, 1, "looks"), op(0, "a", 3, 3, "looks")}, "0s  a  #1  looks\n0s  a  #3  looks\n"},
		{"nor over another text", []Line{op(0, "a", 1, 1, "looks"), op(0, "a", 2, 2, "burns"), op(0, "a", 3, 3, "looks")}, "0s  a  #1  looks\n0s  a  #2  burns\n0s  a  #3  looks\n"},
		{"nor over another instant", []Line{op(0, "a", 1, 1, "looks"), op(time.Second, "a", 2, 2, "looks")}, "0s  a  #1  looks\n1s  a  #2  looks\n"},
		{"nor over another object", []Line{op(0, "a", 1, 1, "looks"), op(0, "b", 2, 2, "looks")}, "0s  a  #1  looks\n0s  b  #2  looks\n"},
		{"nor what is no operation", []Line{{Object: "a", Text: "created"}, {Object: "a", Text: "created"}}, "0s  a    created\n0s  a    created\n"},
		{"nor an operation with none", []Line{{Object: "a", Text: "x"}, op(0, "a", 1, 1, "x")}, "0s  a      x\n0s  a  #1  x\n"},
		{"a name of more bytes than letters", []Line{{Object: "é", Text: "x"}, {Object: "ab", Text: "y"}}, "0s  é     x\n0s  ab    y\n"},
	} {
		before := append([]Line(nil), tt.lines...)
		if got := Format(tt.lines); got != tt.want {
			t.Errorf("%s:\n%swant\n%s", tt.name, got, tt.want)
		}
		for n := range before {
			if tt.lines[n] != before[n] {
				t.Errorf("%s: line %d was changed", tt.name, n)
			}
		}
	}
}

func TestTail(t *testing.T) {
	var trace Trace
	for n := range 5 {
		trace.Add(Line{At: time.Duration(n) * time.Second, Object: "a", Text: string(rune('0' + n))})
		trace.Add(Line{At: time.Duration(n) * time.Second, Object: "b", Text: "another's"})
		trace.Add(Line{At: time.Duration(n) * time.Second, Text: "the world's"})
	}
	trace.Add(Line{At: 2 * time.Second, Object: "a", Early: true, Text: "early"})
	for _, tt := range []struct {
		until time.Duration
		n     int
		want  string
	}{
		{2 * time.Second, 10, "0 1 early 2"},
		{2 * time.Second, 3, "1 early 2"},
		{time.Hour, 2, "3 4"},
		{time.Hour, 0, ""},
		{-1, 10, ""},
	} {
		var texts []string
		for _, l := range trace.Tail("a", tt.until, tt.n) {
			texts = append(texts, l.Text)
		}
		if got := strings.Join(texts, " "); got != tt.want {
			t.Errorf("the last %d until %v: %s, want %s", tt.n, tt.until, got, tt.want)
		}
	}
	if lines := trace.Take(); len(lines) != 16 {
		t.Errorf("Tail took lines away: %d are left of 16", len(lines))
	}
}

// TestManyWriters has objects write side by side, each its own lines in order.
func TestManyWriters(t *testing.T) {
	var trace Trace
	var writers sync.WaitGroup
	for _, object := range []string{"a", "b", "c", "d"} {
		writers.Go(func() {
			for n := range 100 {
				trace.Add(Line{Object: object, First: n + 1, Last: n + 1, Text: "looks"})
			}
		})
	}
	writers.Wait()
	if got, want := Format(trace.Take()), "0s  a  #1-100  looks\n0s  b  #1-100  looks\n0s  c  #1-100  looks\n0s  d  #1-100  looks\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
