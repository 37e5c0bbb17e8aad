package invariant

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

const uid = "6d1f"

// start is when the stories here begin.
var start = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func second(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }

// stored is a version with a status of its own generation.
func stored(at int, generation int64, phase v1.Phase, attempts int32) Version {
	v := created(at)
	v.Object.Generation = generation
	v.Object.Status = &v1.DeviceDeploymentStatus{ObservedGeneration: generation, Phase: phase, Attempts: attempts}
	return v
}

// created is a version without a status: fw:2 on press-01, three attempts.
func created(at int) Version {
	dd := &v1.DeviceDeployment{ObjectMeta: metav1.ObjectMeta{Name: "press-01", UID: uid, Generation: 1}}
	dd.Spec = v1.DeviceDeploymentSpec{Image: "fw:2", DeviceRef: "press-01", RetryPolicy: v1.RetryPolicy{MaxAttempts: 3}}
	return Version{At: second(at), Object: dd}
}

// maxAttempts changes how many attempts a version allows.
func (v Version) maxAttempts(n int32) Version {
	v.Object.Spec.RetryPolicy.MaxAttempts = n
	return v
}

func deed(at int, kind devicesim.DeedKind, image, key string) devicesim.Deed {
	return devicesim.Deed{At: second(at), Kind: kind, Image: image, Key: key}
}

// burn is a burn of fw:2 that an attempt of this object began.
func burn(at int, generation int64, attempt int32) devicesim.Deed {
	return deed(at, devicesim.BurnBegan, "fw:2", fmt.Sprintf("%s/%d/%d", uid, generation, attempt))
}

func reboot(at int) devicesim.Deed { return deed(at, devicesim.RebootBegan, "fw:2", uid+"/1/1") }

func booted(at int, image string) devicesim.Deed {
	return deed(at, devicesim.Booted, image, uid+"/1/1")
}

// row is one story, and what an invariant says of it.
type row struct {
	name     string
	versions []Version
	deeds    []devicesim.Deed
	foreign  map[string]bool
	// at and found are the violation: its second, and part of its text;
	// without found there is none.
	at    int
	found string
}

func (r row) check(t *testing.T, i Invariant) {
	t.Run(r.name, func(t *testing.T) {
		at, found := i.Check(Evidence{Versions: r.versions, Initial: "fw:1", Deeds: r.deeds, Foreign: r.foreign})
		switch {
		case r.found == "" && found != "":
			t.Errorf("a legal story is called a violation: %s", found)
		case r.found == "" && !at.IsZero():
			t.Errorf("no violation, but at %v", at)
		case r.found != "" && found == "":
			t.Error("the violation went unnoticed")
		case !strings.Contains(found, r.found):
			t.Errorf("found %q, want %q in it", found, r.found)
		case r.found != "" && !at.Equal(second(r.at)):
			t.Errorf("at second %v, want %d", at.Sub(start).Seconds(), r.at)
		}
	})
}

// wholeStory is a rollout whose first attempt breaks and whose second succeeds.
func wholeStory() Evidence {
	return Evidence{
		Initial: "fw:1",
		Versions: []Version{
			created(0), stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(15, 1, v1.Pending, 1),
			stored(25, 1, v1.Transferring, 2), stored(55, 1, v1.Rebooting, 2), stored(75, 1, v1.Verifying, 2), stored(75, 1, v1.Succeeded, 2),
		},
		Deeds: []devicesim.Deed{
			burn(0, 1, 1), deed(12, devicesim.TransferBroke, "fw:2", uid+"/1/1"),
			burn(25, 1, 2), deed(53, devicesim.Staged, "fw:2", uid+"/1/2"), reboot(55), booted(70, "fw:2"),
		},
	}
}

func TestCheckPassesAWholeStory(t *testing.T) {
	if v := Check(wholeStory()); v != nil {
		t.Errorf("a legal story is called a violation: %+v", v)
	}
}

// TestCheckAsksEveryInvariant breaks the whole story once for each invariant,
// so that only that one is broken.
func TestCheckAsksEveryInvariant(t *testing.T) {
	backwards := wholeStory()
	backwards.Versions = append(backwards.Versions, stored(80, 1, v1.Verifying, 2))

	forgotten := wholeStory()
	forgotten.Deeds = append([]devicesim.Deed{burn(0, 1, 1), burn(10, 1, 2)}, forgotten.Deeds[3:]...)

	lie := wholeStory()
	lie.Deeds = lie.Deeds[:5]

	twice := wholeStory()
	twice.Deeds = append(twice.Deeds, burn(80, 1, 2))

	for _, tt := range []struct {
		name     string
		evidence Evidence
		broken   Invariant
		at       int
	}{
		{"a status that goes back", backwards, Monotonic{}, 80},
		{"a burn before its attempt is stored", forgotten, AttemptsExact{}, 10},
		{"Succeeded on a device that is still down", lie, SucceededRuns{}, 75},
		{"a second burn in an attempt", twice, OncePerAttempt{}, 80},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := Check(tt.evidence)
			if v == nil {
				t.Fatal("the violation went unnoticed")
			}
			if v.Promise != tt.broken.Promise() {
				t.Errorf("said to break %q, want %q", v.Promise, tt.broken.Promise())
			}
			if v.Object != "press-01" || !v.At.Equal(second(tt.at)) || v.Detail == "" {
				t.Errorf("got %+v, want press-01 at second %d, and what was found", v, tt.at)
			}
			for _, other := range All() {
				if _, found := other.Check(tt.evidence); (found != "") != (other == tt.broken) {
					t.Errorf("%T says %q", other, found)
				}
			}
		})
	}
}

func TestEachInvariantPromisesSomethingElse(t *testing.T) {
	seen := map[string]bool{}
	for _, i := range All() {
		if i.Promise() == "" || seen[i.Promise()] {
			t.Errorf("%T promises %q", i, i.Promise())
		}
		seen[i.Promise()] = true
	}
}

func TestAttemptOf(t *testing.T) {
	for _, tt := range []struct {
		key        string
		generation int64
		attempt    int32
		ok         bool
	}{
		{uid + "/1/1", 1, 1, true},
		{uid + "/12/34", 12, 34, true},
		{uid + "/1/1/again", 1, 1, true}, // still this attempt's, whatever follows
		{uid + "/1", 0, 0, false},
		{uid + "/1/", 0, 0, false},
		{uid, 0, 0, false},
		{"", 0, 0, false},
		{"by hand", 0, 0, false},
		{"another/1/1", 0, 0, false},
		{uid + "x/1/1", 0, 0, false},
	} {
		generation, attempt, ok := attemptOf(tt.key, uid)
		if ok != tt.ok || ok && (generation != tt.generation || attempt != tt.attempt) {
			t.Errorf("attemptOf(%q) = %d, %d, %t", tt.key, generation, attempt, ok)
		}
	}
}
