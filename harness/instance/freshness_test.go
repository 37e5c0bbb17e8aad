package instance

import (
	"context"
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"example.com/edge-device-operator/harness/virtualtime"
)

var (
	stones  = schema.GroupKind{Group: "test.example.com", Kind: "Stone"}
	pebbles = schema.GroupKind{Group: "test.example.com", Kind: "Pebble"}
)

func stone(uid types.UID, version string) Version {
	return Version{Kind: stones, Name: "stone-" + string(uid), UID: uid, ResourceVersion: version}
}

// lagging expects the world to be unsettled for these objects, and for nothing
// else; for none, it expects it to be settled. An object that was deleted is
// followed by the word gone.
func lagging(t *testing.T, a *virtualtime.Activity, after string, who ...string) {
	t.Helper()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	var running []string
	var unsettled *virtualtime.UnsettledError
	if errors.As(a.Settle(over), &unsettled) {
		running = unsettled.Running
	}
	var want []string
	for _, w := range who {
		what := "the newest version"
		if gone, ok := strings.CutSuffix(w, " gone"); ok {
			w, what = gone, "the end"
		}
		view, object, _ := strings.Cut(w, " ")
		want = append(want, "watch: "+view+" has not been told of "+what+" of "+object)
	}
	if strings.Join(running, "\n") != strings.Join(want, "\n") {
		t.Errorf("after %s there lags\n%s\nwant\n%s", after, strings.Join(running, "\n"), strings.Join(want, "\n"))
	}
}

func TestFreshness(t *testing.T) {
	a := virtualtime.NewActivity()
	f := NewFreshness(a)
	lagging(t, a, "nothing")
	one := f.Watch("one", stones)
	lagging(t, a, "a registration with nothing there")

	f.Written(stone("a", "10"))
	lagging(t, a, "a write", "one stone-a")
	one.Told("a", "9")
	lagging(t, a, "an older version", "one stone-a")
	one.Told("a", "10")
	lagging(t, a, "that version")
	f.Written(stone("a", "9"))
	lagging(t, a, "an older write, noted late")
	f.Written(stone("a", "100"))
	lagging(t, a, "a version with more digits", "one stone-a")
	one.Told("a", "101")
	lagging(t, a, "somebody else's newer version")

	f.Written(stone("b", "110"))
	f.Written(stone("c", "111"))
	lagging(t, a, "two writes", "one stone-b", "one stone-c")
	one.Told("c", "111")
	lagging(t, a, "the second of them", "one stone-b")
	one.Told("b", "110")
	lagging(t, a, "both")

	one.Close()
	f.Written(stone("a", "120"))
	lagging(t, a, "a write that nobody watches")
}

// TestFreshnessWhenTheWatchIsFirst has a handler be told of a version before
// its writer got the answer.
func TestFreshnessWhenTheWatchIsFirst(t *testing.T) {
	a := virtualtime.NewActivity()
	f := NewFreshness(a)
	one := f.Watch("one", stones)
	f.Written(stone("a", "10"))
	one.Told("a", "10")
	one.Told("a", "11")
	lagging(t, a, "an event that beats the answer")
	f.Written(stone("a", "11"))
	lagging(t, a, "the answer")
}

func TestFreshnessOfALateRegistration(t *testing.T) {
	a := virtualtime.NewActivity()
	f := NewFreshness(a)
	one := f.Watch("one", stones)
	f.Written(stone("a", "10"))
	f.Written(stone("b", "11"))
	one.Told("a", "10")
	one.Told("b", "11")
	lagging(t, a, "all was told")

	two := f.Watch("two", stones)
	lagging(t, a, "another registration", "two stone-a", "two stone-b")
	two.Told("a", "10")
	f.Written(stone("a", "12"))
	two.Told("b", "11")
	lagging(t, a, "a write in between", "one stone-a", "two stone-a")
	two.Told("a", "12")
	one.Told("a", "12")
	lagging(t, a, "both were told")
	two.Close()
	one.Close()
	lagging(t, a, "the end")
}

func TestFreshnessOfADeletion(t *testing.T) {
	a := virtualtime.NewActivity()
	f := NewFreshness(a)
	one, two := f.Watch("one", stones), f.Watch("two", stones)
	f.Written(stone("a", "10"))
	one.Told("a", "10")
	lagging(t, a, "a write that one was told of", "two stone-a")
	f.Deleted("a")
	lagging(t, a, "a deletion", "one stone-a gone")
	one.ToldDeleted("a")
	lagging(t, a, "everybody knows; two never knew of it")

	late := f.Watch("late", stones)
	lagging(t, a, "a registration after it")
	// Created again under the same name, it is another object.
	f.Written(Version{Kind: stones, Name: "stone-a", UID: "a2", ResourceVersion: "20"})
	lagging(t, a, "another of that name", "late stone-a", "one stone-a", "two stone-a")
	for _, v := range []*View{one, two, late} {
		v.Told("a2", "20")
	}
	lagging(t, a, "that was told")
}

// TestFreshnessOfANewList has a handler be told of everything once more, changed
// or not, after its watch was down.
func TestFreshnessOfANewList(t *testing.T) {
	a := virtualtime.NewActivity()
	f := NewFreshness(a)
	one := f.Watch("one", stones)
	for _, s := range []Version{stone("a", "10"), stone("b", "11"), stone("c", "12")} {
		f.Written(s)
		one.Told(s.UID, s.ResourceVersion)
	}
	one.Hold()
	f.Written(stone("a", "20"))
	f.Deleted("c")
	lagging(t, a, "changes while it is held")

	one.Renew()
	lagging(t, a, "its return", "one stone-c gone", "one stone-a", "one stone-b")
	one.Told("b", "11")
	one.Told("a", "10")
	lagging(t, a, "what hasn't changed, and something old", "one stone-c gone", "one stone-a")
	one.ToldDeleted("c")
	one.Told("a", "20")
	lagging(t, a, "everything")

	one.Hold()
	one.Renew()
	lagging(t, a, "a return after which nothing has changed", "one stone-a", "one stone-b")
}

func TestFreshnessGoesByKind(t *testing.T) {
	a := virtualtime.NewActivity()
	f := NewFreshness(a)
	one := f.Watch("one", pebbles)
	f.Written(stone("a", "10"))
	lagging(t, a, "a write of another kind")
	f.Written(Version{Kind: pebbles, Name: "pebble", UID: "p", ResourceVersion: "11"})
	lagging(t, a, "a write of its kind", "one pebble")
	one.Told("p", "11")
	lagging(t, a, "that was told")
}

// TestSettleWaitsForTheHandler has Settle return as soon as the last handler
// was told, and not before.
func TestSettleWaitsForTheHandler(t *testing.T) {
	a := virtualtime.NewActivity()
	f := NewFreshness(a)
	one := f.Watch("one", stones)
	f.Written(stone("a", "10"))
	settled := make(chan error, 1)
	go func() { settled <- a.Settle(t.Context()) }()
	one.Told("a", "9")
	select {
	case err := <-settled:
		t.Fatalf("settled though a handler lags: %v", err)
	default:
	}
	one.Told("a", "10")
	if err := <-settled; err != nil {
		t.Error(err)
	}
}
