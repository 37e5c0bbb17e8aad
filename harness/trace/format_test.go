package trace

import (
	"reflect"
	"testing"
	"time"
)

func TestFormat(t *testing.T) {
	different := func(change func(*Event)) []Event {
		e := asked(0, "a", 2, "looks")
		change(&e)
		return []Event{asked(0, "a", 1, "looks"), e}
	}
	for _, tt := range []struct {
		name   string
		events []Event
		want   string
	}{
		{"nothing", nil, ""},
		{"the world alone", []Event{did(0, "", "controller 1 started")}, "0s  controller 1 started\n"},
		{"columns as wide as their widest", []Event{
			did(time.Second, "", "controller 1 killed"),
			did(time.Second, "a", "created"),
			asked(time.Minute+5*time.Second, "press-01", 12, "looks"),
		}, "  1s  controller 1 killed\n  1s  a              created\n1m5s  press-01  #12  looks\n"},
		{"no blanks at the end", []Event{did(0, "press-01", ""), asked(0, "press-01", 1, "x  ")}, "0s  press-01\n0s  press-01  #1  x\n"},
		{"what is alike becomes one", []Event{asked(0, "a", 1, "looks"), asked(0, "a", 2, "looks"), asked(0, "a", 3, "looks")}, "0s  a  #1-3  looks\n"},
		{"whatever each has stored", different(func(e *Event) { e.Stored = map[string]any{"spec": 1} }), "0s  a  #1-2  looks\n"},
		{"but not over a gap", []Event{asked(0, "a", 1, "looks"), asked(0, "a", 3, "looks")}, "0s  a  #1  looks\n0s  a  #3  looks\n"},
		{"nor over another", []Event{asked(0, "a", 1, "looks"), asked(0, "a", 2, "burns"), asked(0, "a", 3, "looks")}, "0s  a  #1  looks\n0s  a  #2  burns\n0s  a  #3  looks\n"},
		{"nor over another instant", []Event{asked(0, "a", 1, "looks"), asked(time.Second, "a", 2, "looks")}, "0s  a  #1  looks\n1s  a  #2  looks\n"},
		{"nor over another subject", []Event{asked(0, "a", 1, "looks"), asked(0, "b", 2, "looks")}, "0s  a  #1  looks\n0s  b  #2  looks\n"},
		{"nor what reads the same and isn't", different(func(e *Event) { e.Add(Int("progress", 40)) }), "0s  a  #1  looks\n0s  a  #2  looks\n"},
		{"nor what came to something else", different(func(e *Event) { e.Result.Status = 503 }), "0s  a  #1  looks\n0s  a  #2  looks\n"},
		{"nor another controller's", different(func(e *Event) { e.Actor.Number = 2 }), "0s  a  #1  looks\n0s  a  #2  looks\n"},
		{"nor what is no request", []Event{did(0, "a", "created"), did(0, "a", "created")}, "0s  a    created\n0s  a    created\n"},
		{"nor a request with none", []Event{did(0, "a", "x"), asked(0, "a", 1, "x")}, "0s  a      x\n0s  a  #1  x\n"},
		{"a late one is listed by no number", different(func(e *Event) { e.Late = true }), "0s  a  #1  looks\n0s  a      request #2 arrives late: looks\n"},
		{"a lost answer, and which controller", different(func(e *Event) {
			e.Concurrent, e.Actor, e.Result.Lost = true, Actor{Role: Controller, Number: 2}, true
		}), "0s  a  #1  looks\n0s  a  #2  (2) looks, but the answer is lost\n"},
		{"a name of more bytes than letters", []Event{did(0, "é", "x"), did(0, "ab", "y")}, "0s  é     x\n0s  ab    y\n"},
	} {
		before := append([]Event(nil), tt.events...)
		if got := Format(tt.events, verbs); got != tt.want {
			t.Errorf("%s:\n%swant\n%s", tt.name, got, tt.want)
		}
		if !reflect.DeepEqual(tt.events, before) {
			t.Errorf("%s: the events were changed", tt.name)
		}
	}
}
