package process

import (
	"context"
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/labels"
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
func lagging(t *testing.T, a *virtualtime.Quiescence, after string, who ...string) {
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
		handler, object, _ := strings.Cut(w, " ")
		want = append(want, "watch: "+handler+" has not been told of "+what+" of "+object)
	}
	if strings.Join(running, "\n") != strings.Join(want, "\n") {
		t.Errorf("after %s there lags\n%s\nwant\n%s", after, strings.Join(running, "\n"), strings.Join(want, "\n"))
	}
}

func TestSyncTracker(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	lagging(t, a, "nothing")
	one := f.Watch("one", Scope{Kind: stones})
	lagging(t, a, "a registration with nothing there")

	f.Written(stone("a", "10"))
	lagging(t, a, "a write", "one stone-a")
	one.Delivered(stone("a", "9"))
	lagging(t, a, "an older version", "one stone-a")
	one.Delivered(stone("a", "10"))
	lagging(t, a, "that version")
	f.Written(stone("a", "9"))
	lagging(t, a, "an older write, noted late")
	f.Written(stone("a", "100"))
	lagging(t, a, "a version with more digits", "one stone-a")
	one.Delivered(stone("a", "101"))
	lagging(t, a, "somebody else's newer version")

	f.Written(stone("b", "110"))
	f.Written(stone("c", "111"))
	lagging(t, a, "two writes", "one stone-b", "one stone-c")
	one.Delivered(stone("c", "111"))
	lagging(t, a, "the second of them", "one stone-b")
	one.Delivered(stone("b", "110"))
	lagging(t, a, "both")

	one.Close()
	f.Written(stone("a", "120"))
	lagging(t, a, "a write that nobody watches")
}

// TestSyncTrackerWhenTheWatchIsFirst has a handler be told of a version before
// its writer got the answer.
func TestSyncTrackerWhenTheWatchIsFirst(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	one := f.Watch("one", Scope{Kind: stones})
	f.Written(stone("a", "10"))
	one.Delivered(stone("a", "10"))
	one.Delivered(stone("a", "11"))
	lagging(t, a, "an event that beats the answer")
	f.Written(stone("a", "11"))
	lagging(t, a, "the answer")
}

func TestSyncTrackerOfALateRegistration(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	one := f.Watch("one", Scope{Kind: stones})
	f.Written(stone("a", "10"))
	f.Written(stone("b", "11"))
	one.Delivered(stone("a", "10"))
	one.Delivered(stone("b", "11"))
	lagging(t, a, "all was told")

	two := f.Watch("two", Scope{Kind: stones})
	lagging(t, a, "another registration", "two stone-a", "two stone-b")
	two.Delivered(stone("a", "10"))
	f.Written(stone("a", "12"))
	two.Delivered(stone("b", "11"))
	lagging(t, a, "a write in between", "one stone-a", "two stone-a")
	two.Delivered(stone("a", "12"))
	one.Delivered(stone("a", "12"))
	lagging(t, a, "both were told")
	two.Close()
	one.Close()
	lagging(t, a, "the end")
}

func TestSyncTrackerOfADeletion(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	one, two := f.Watch("one", Scope{Kind: stones}), f.Watch("two", Scope{Kind: stones})
	f.Written(stone("a", "10"))
	one.Delivered(stone("a", "10"))
	lagging(t, a, "a write that one was told of", "two stone-a")
	f.Deleted("a")
	lagging(t, a, "a deletion", "one stone-a gone")
	one.DeliveredDeletion("a", "")
	lagging(t, a, "everybody knows; two never knew of it")

	late := f.Watch("late", Scope{Kind: stones})
	lagging(t, a, "a registration after it")
	// Created again under the same name, it is another object.
	again := Version{Kind: stones, Name: "stone-a", UID: "a2", ResourceVersion: "20"}
	f.Written(again)
	lagging(t, a, "another of that name", "late stone-a", "one stone-a", "two stone-a")
	for _, v := range []*Handler{one, two, late} {
		v.Delivered(again)
	}
	lagging(t, a, "that was told")
}

// TestSyncTrackerOfANewList has a handler be told of everything once more, changed
// or not, after its watch was down.
func TestSyncTrackerOfANewList(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	one := f.Watch("one", Scope{Kind: stones})
	for _, s := range []Version{stone("a", "10"), stone("b", "11"), stone("c", "12")} {
		f.Written(s)
		one.Delivered(s)
	}
	one.Hold()
	f.Written(stone("a", "20"))
	f.Deleted("c")
	lagging(t, a, "changes while it is held")

	one.Renew()
	lagging(t, a, "its return", "one stone-c gone", "one stone-a", "one stone-b")
	one.Delivered(stone("b", "11"))
	one.Delivered(stone("a", "10"))
	lagging(t, a, "what hasn't changed, and something old", "one stone-c gone", "one stone-a")
	one.DeliveredDeletion("c", "")
	one.Delivered(stone("a", "20"))
	lagging(t, a, "everything")

	one.Hold()
	one.Renew()
	lagging(t, a, "a return after which nothing has changed", "one stone-a", "one stone-b")
}

func TestSyncTrackerGoesByKind(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	one := f.Watch("one", Scope{Kind: pebbles})
	f.Written(stone("a", "10"))
	lagging(t, a, "a write of another kind")
	pebble := Version{Kind: pebbles, Name: "pebble", UID: "p", ResourceVersion: "11"}
	f.Written(pebble)
	lagging(t, a, "a write of its kind", "one pebble")
	one.Delivered(pebble)
	lagging(t, a, "that was told")
}

// TestSyncTrackerOfWhatNobodyNoted has a handler be told of what no answer to a
// write said, as of objects that were there before the world.
func TestSyncTrackerOfWhatNobodyNoted(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	one, two := f.Watch("one", Scope{Kind: stones}), f.Watch("two", Scope{Kind: stones})
	one.Delivered(stone("a", "10"))
	lagging(t, a, "news that one handler has", "two stone-a")
	two.Delivered(stone("a", "10"))
	lagging(t, a, "both having it")
	two.Delivered(stone("a", "11"))
	lagging(t, a, "newer news", "one stone-a")
	one.DeliveredDeletion("a", "12")
	lagging(t, a, "a deletion that one has heard of", "two stone-a gone")
	two.DeliveredDeletion("a", "12")
	lagging(t, a, "both having heard of it")
}

func TestSyncTrackerADeletionIsFinal(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	one, two := f.Watch("one", Scope{Kind: stones}), f.Watch("two", Scope{Kind: stones})
	f.Written(stone("a", "10"))
	f.Deleted("a")
	f.Written(stone("a", "11")) // an answer that was noted late
	lagging(t, a, "a deletion before anybody was told")
	one.Delivered(stone("a", "10"))
	lagging(t, a, "one being told of what is no more", "one stone-a gone")
	one.DeliveredDeletion("a", "12")
	two.Hold()
	two.Delivered(stone("a", "10"))
	lagging(t, a, "a held handler being told of what is no more")
}

func TestSyncTrackerGoesByNamespace(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	here := f.Watch("here", Scope{Kind: stones, Namespace: "w"})
	all := f.Watch("all", Scope{Kind: stones})
	elsewhere := stone("a", "10")
	elsewhere.Namespace = "v"
	f.Written(elsewhere)
	lagging(t, a, "a write in another namespace", "all stone-a")
	all.Delivered(elsewhere)
	f.Written(stone("b", "11")) // without a namespace
	lagging(t, a, "a write of an object without one", "all stone-b")
	all.Delivered(stone("b", "11"))
	at := stone("c", "12")
	at.Namespace = "w"
	f.Written(at)
	lagging(t, a, "a write in its namespace", "all stone-c", "here stone-c")
	all.Delivered(at)
	here.Delivered(at)
	lagging(t, a, "both being told")
}

// TestSyncTrackerGoesByLabels has objects come into a selector's range and leave
// it, which a watch tells of as of a deletion.
func TestSyncTrackerGoesByLabels(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	of := func(version, color string) Version {
		v := stone("a", version)
		v.Labels = map[string]string{"color": color}
		return v
	}
	red := f.Watch("red", Scope{Kind: stones})
	f.Written(of("10", "blue"))
	lagging(t, a, "a write before the selector is known", "red stone-a")
	red.Narrow(Scope{Kind: stones, Labels: labels.SelectorFromSet(labels.Set{"color": "red"})})
	lagging(t, a, "what it doesn't select")
	f.Written(of("11", "red"))
	lagging(t, a, "what it selects now", "red stone-a")
	red.Delivered(of("11", "red"))
	lagging(t, a, "being told")
	f.Written(of("12", "blue"))
	lagging(t, a, "what it selects no more", "red stone-a")
	red.DeliveredDeletion("a", "12")
	lagging(t, a, "being told of that")
	all := f.Watch("all", Scope{Kind: stones})
	lagging(t, a, "another handler, for which it is there", "all stone-a")
	all.Delivered(of("12", "blue"))
	f.Written(of("13", "red"))
	red.Delivered(of("13", "red"))
	lagging(t, a, "its coming back", "all stone-a")
	all.Delivered(of("13", "red"))
	f.Deleted("a")
	lagging(t, a, "its deletion", "all stone-a gone", "red stone-a gone")
}

// TestSyncTrackerOfAFieldSelector has nobody wait for news that a handler may not
// be for.
func TestSyncTrackerOfAFieldSelector(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	some := f.Watch("some", Scope{Kind: stones, Fields: true})
	f.Written(stone("a", "10"))
	lagging(t, a, "what it may not select")
	some.Delivered(stone("a", "10"))
	f.Written(stone("a", "11"))
	lagging(t, a, "what it selected before", "some stone-a")
}

func TestSyncTrackerOfAVersionThatIsLater(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	one := f.Watch("one", Scope{Kind: stones})
	f.Written(stone("a", "10"))
	one.Delivered(stone("a", "10"))
	f.changed(stone("a", "10"))
	lagging(t, a, "a change after what was told", "one stone-a")
	one.Delivered(stone("a", "10"))
	lagging(t, a, "what was told before", "one stone-a")
	one.Delivered(stone("a", "11"))
	lagging(t, a, "something later")
}

// TestAwait has somebody wait for handlers to be told of one object, whatever
// else they lag behind on.
func TestAwait(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	one, held := f.Watch("one", Scope{Kind: stones}), f.Watch("held", Scope{Kind: stones})
	held.Hold()
	f.Written(stone("a", "10"))
	f.Written(stone("b", "11"))
	told := make(chan struct{})
	go func() {
		defer close(told)
		f.Await(t.Context(), stone("a", "10"))
	}()
	select {
	case <-told:
		t.Fatal("Await returned before the handler was told")
	default:
	}
	one.Delivered(stone("a", "10"))
	<-told
	over, cancel := context.WithCancel(t.Context())
	cancel()
	f.Await(over, stone("b", "11"))
	one.Hold()
	f.Await(t.Context(), stone("b", "11"))
}

// TestSettleWaitsForTheHandler has Settle return as soon as the last handler
// was told, and not before.
func TestSettleWaitsForTheHandler(t *testing.T) {
	a := virtualtime.NewQuiescence()
	f := NewSyncTracker(a)
	one := f.Watch("one", Scope{Kind: stones})
	f.Written(stone("a", "10"))
	settled := make(chan error, 1)
	go func() { settled <- a.Settle(t.Context()) }()
	one.Delivered(stone("a", "9"))
	select {
	case err := <-settled:
		t.Fatalf("settled though a handler lags: %v", err)
	default:
	}
	one.Delivered(stone("a", "10"))
	if err := <-settled; err != nil {
		t.Error(err)
	}
}
