package world

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"example.com/edge-device-operator/harness/process"
)

// told is a world's history of ConfigMaps that has followed a watch with these events,
// a second apart.
func told(t *testing.T, events ...watch.Event) (*World, *history) {
	t.Helper()
	w := bare()
	kind := corev1.SchemeGroupVersion.WithKind("ConfigMap")
	h := &history{world: w, kind: kind, objects: map[types.UID][]Version{}, deleted: map[types.UID]time.Time{}}
	h.handler = w.syncTracker.Watch("the world's own watch", process.Scope{Kind: kind.GroupKind()})
	w.histories = []*history{h}
	for n, e := range events {
		w.clock.AdvanceTo(Start.Add(time.Duration(n+1) * time.Second))
		one := watch.NewFakeWithChanSize(1, false)
		one.Action(e.Type, e.Object)
		one.Stop()
		h.follow(one)
	}
	return w, h
}

func version(uid types.UID, resourceVersion string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "name-" + string(uid), UID: uid, ResourceVersion: resourceVersion}}
}

// TestHistory has each object's versions be known with their times, and which are
// there.
func TestHistory(t *testing.T) {
	w, _ := told(t,
		watch.Event{Type: watch.Added, Object: version("b", "10")},
		watch.Event{Type: watch.Added, Object: version("a", "11")},
		watch.Event{Type: watch.Modified, Object: version("b", "12")},
		watch.Event{Type: watch.Deleted, Object: version("a", "13")},
	)
	all, err := w.Histories()
	if err != nil || len(all) != 2 || w.objects() != 2 {
		t.Fatalf("%d histories of %d objects, %v", len(all), w.objects(), err)
	}
	var got []string
	for _, h := range all {
		for _, v := range h.Versions {
			got = append(got, v.Object.GetName()+" "+v.Object.GetResourceVersion()+" "+v.At.Sub(Start).String())
		}
	}
	if want := []string{"name-b 10 1s", "name-b 12 3s", "name-a 11 2s"}; !slices.Equal(got, want) {
		t.Errorf("the versions are %q, want %q", got, want)
	}
	if !all[0].Deleted.IsZero() || !all[1].Deleted.Equal(Start.Add(4*time.Second)) {
		t.Errorf("deleted at %v and %v", all[0].Deleted, all[1].Deleted)
	}
	present, err := w.Present()
	if err != nil || len(present) != 1 || present[0].GetResourceVersion() != "12" {
		t.Errorf("there is %v, %v", present, err)
	}
}

// TestTheWorldWaitsForItsHistory has the history's handler be told of what it has
// followed, deletions too.
func TestTheWorldWaitsForItsHistory(t *testing.T) {
	w, h := told(t, watch.Event{Type: watch.Added, Object: version("a", "10")})
	kind := h.kind.GroupKind()
	w.syncTracker.Written(process.Version{Kind: kind, Name: "a", UID: "a", ResourceVersion: "10"})
	if busy := w.syncTracker.Busy(); len(busy) != 0 {
		t.Errorf("it waits for %q", busy)
	}
	w.syncTracker.Deleted("a")
	if busy := w.syncTracker.Busy(); len(busy) != 1 {
		t.Errorf("after a deletion it waits for %q", busy)
	}
	one := watch.NewFakeWithChanSize(1, false)
	one.Delete(version("a", "11"))
	one.Stop()
	h.follow(one)
	if busy := w.syncTracker.Busy(); len(busy) != 0 {
		t.Errorf("after the history's deletion it waits for %q", busy)
	}
}

// TestVersionAt has the world be at the newest resourceVersion of a time, compared as
// numbers, over all kinds.
func TestVersionAt(t *testing.T) {
	w, _ := told(t,
		watch.Event{Type: watch.Added, Object: version("a", "9")},
		watch.Event{Type: watch.Modified, Object: version("a", "10")},
	)
	w.histories = append(w.histories, &history{world: w, moments: []moment{{Start.Add(1500 * time.Millisecond), "7"}}})
	for at, want := range map[time.Duration]string{0: "", time.Second: "9", 1500 * time.Millisecond: "9", 2 * time.Second: "10", time.Hour: "10"} {
		version, first, err := w.versionAt(Start.Add(at))
		if err != nil || version != want || !first.Equal(Start.Add(time.Second)) {
			t.Errorf("at %v it was at %q since %v, want %q: %v", at, version, first, want, err)
		}
	}
}

func TestAHistoryThatBroke(t *testing.T) {
	w, _ := told(t,
		watch.Event{Type: watch.Added, Object: version("a", "9")},
		watch.Event{Type: watch.Error, Object: &metav1.Status{Message: "too old"}},
	)
	for _, err := range []error{func() error { _, err := w.Histories(); return err }(), func() error { _, err := w.Present(); return err }()} {
		if err == nil || !strings.Contains(err.Error(), "the history's watch broke") {
			t.Errorf("it says %v", err)
		}
	}
}
