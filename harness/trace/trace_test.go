package trace

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// did is an event of a subject whose text is its verb, and asked a request of one.
func did(at time.Duration, subject, verb string) Event {
	return Event{At: at, Subject: subject, Kind: State, Verb: verb}
}

func asked(at time.Duration, subject string, number int, verb string) Event {
	return Event{At: at, Subject: subject, Number: number, Kind: Request, Verb: verb}
}

// early puts an event before the others of its instant.
func early(e Event) Event {
	e.Early = true
	return e
}

// verbs has an event's verb for its words.
func verbs(e Event) string { return e.Verb }

// TestTakeIsCanonical hands the events of a few instants over in every mixture
// of subjects, as any number of workers might; what comes out is always the same.
func TestTakeIsCanonical(t *testing.T) {
	const s = time.Second
	each := map[string][]Event{
		"": {
			early(did(0, "", "controller 1 started")),
			did(5*s, "", "controller 1 killed"),
			early(did(5*s, "", "controller 2 started")),
		},
		"press-01": {
			did(0, "press-01", "created"),
			asked(5*s, "press-01", 1, "b"),
			asked(5*s, "press-01", 2, "a"),
			early(did(5*s, "press-01", "device: staged")),
		},
		"press-02": {
			asked(5*s, "press-02", 1, "c"),
			early(did(3*s, "press-02", "device: told late")),
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
		left := map[string][]Event{"": each[""], "press-01": each["press-01"], "press-02": each["press-02"]}
		var trace Trace
		for len(left) > 0 {
			subject := []string{"", "press-01", "press-02"}[rng.IntN(3)]
			if events := left[subject]; len(events) > 0 {
				trace.Add(events[0])
				left[subject] = events[1:]
			} else {
				delete(left, subject)
			}
		}
		if got := Format(trace.Take(), verbs); got != want {
			t.Fatalf("mixture %d gives\n%swant\n%s", n, got, want)
		}
	}
}

func TestTakeTakesOnce(t *testing.T) {
	var trace Trace
	trace.Add(did(2, "a", "late"))
	if events := trace.Take(); len(events) != 1 {
		t.Errorf("took %v", events)
	}
	// An event of an instant that was taken already stays apart.
	trace.Add(did(1, "a", "early"))
	if events := trace.Take(); len(events) != 1 || events[0].Verb != "early" {
		t.Errorf("took %v", events)
	}
	if events := trace.Take(); len(events) != 0 {
		t.Errorf("took %v again", events)
	}
}

func TestDivide(t *testing.T) {
	var trace Trace
	trace.Add(did(1, "a", "killed"))
	trace.Divide()
	trace.Add(early(did(1, "", "started")))
	trace.Add(did(0, "a", "told late"))
	trace.Divide()
	trace.Divide()
	trace.Add(early(did(0, "", "started again")))
	if got, want := Format(trace.Take(), verbs), "1ns  a  killed\n 0s  a  told late\n1ns     started\n 0s     started again\n"; strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	trace.Add(did(1, "a", "later"))
	if events := trace.Take(); len(events) != 1 {
		t.Errorf("took %v", events)
	}
}

func TestTail(t *testing.T) {
	var trace Trace
	for n := range 5 {
		at := time.Duration(n) * time.Second
		trace.Add(did(at, "a", string(rune('0'+n))))
		trace.Add(did(at, "b", "another's"))
		trace.Add(did(at, "", "the world's"))
	}
	trace.Add(early(did(2*time.Second, "a", "early")))
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
		var got []string
		for _, e := range trace.Tail("a", tt.until, tt.n) {
			got = append(got, e.Verb)
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("the last %d until %v: %s, want %s", tt.n, tt.until, got, tt.want)
		}
	}
	if events := trace.Take(); len(events) != 16 {
		t.Errorf("Tail took events away: %d are left of 16", len(events))
	}
}

// TestManyWriters has subjects write side by side, each its own events in order.
func TestManyWriters(t *testing.T) {
	var trace Trace
	var writers sync.WaitGroup
	for _, subject := range []string{"a", "b", "c", "d"} {
		writers.Go(func() {
			for n := range 100 {
				trace.Add(asked(0, subject, n+1, "looks"))
			}
		})
	}
	writers.Wait()
	if got, want := Format(trace.Take(), verbs), "0s  a  #1-100  looks\n0s  b  #1-100  looks\n0s  c  #1-100  looks\n0s  d  #1-100  looks\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
