package process

import (
	"strings"
	"testing"
)

func TestOperationsCountOn(t *testing.T) {
	o := NewOperations()
	for n := 1; n <= 3; n++ {
		if op := o.next("press-01"); op != (Operation{"press-01", n}) {
			t.Errorf("operation %v, want #%d", op, n)
		}
	}
	// Another process's requests go through the same Operations.
	if op := o.next("press-02"); op.Number != 1 {
		t.Errorf("another object's first is #%d", op.Number)
	}
	if a, b, none := o.Count("press-01"), o.Count("press-02"), o.Count("press-03"); a != 3 || b != 1 || none != 0 {
		t.Errorf("counts %d, %d and %d", a, b, none)
	}
}

func TestOperationsCrashOnOneSide(t *testing.T) {
	for _, side := range []Side{Before, After} {
		o := NewOperations()
		point := CrashPoint{Operation{"press-01", 2}, side}
		if err := o.KillAt(point); err != nil {
			t.Fatal(err)
		}
		for _, op := range []Operation{o.next("press-01"), o.next("press-02"), o.next("press-02")} {
			if o.crashes(1, op, Before) || o.crashes(1, op, After) || o.Hit(point) != 0 {
				t.Errorf("%s: crashes at %v", side, op)
			}
		}
		second := o.next("press-01")
		other := map[Side]Side{Before: After, After: Before}[side]
		if o.crashes(1, second, other) || o.Hit(point) != 0 {
			t.Errorf("%s: crashes %s", side, other)
		}
		if !o.crashes(1, second, side) || o.Hit(point) == 0 {
			t.Errorf("%s: doesn't crash", side)
		}
		o.Disarm(point)
		if o.Hit(point) != 0 || o.crashes(1, second, side) {
			t.Errorf("%s: crashes though it was called off", side)
		}
	}
}

func TestKillAtWhatHasBeen(t *testing.T) {
	o := NewOperations()
	o.next("press-01")
	o.next("press-01")
	for n, has := range map[int]bool{1: true, 2: true, 3: false} {
		err := o.KillAt(CrashPoint{Operation{"press-01", n}, After})
		if (err != nil) != has {
			t.Errorf("#%d: %v", n, err)
		}
		if has && !strings.Contains(err.Error(), "press-01 has already made 2 requests: say this above the command that leads to it") {
			t.Errorf("#%d: %v", n, err)
		}
	}
	// The one that was refused doesn't take the armed one's place.
	if o.KillAt(CrashPoint{Operation{"press-01", 1}, Before}) == nil || !o.crashes(1, o.next("press-01"), After) {
		t.Error("a refused crash point disarmed the one before")
	}
}

// TestCrashPointsAreKeptApart has two controllers come to a crash point each.
func TestCrashPointsAreKeptApart(t *testing.T) {
	o := NewOperations()
	one, two := CrashPoint{Operation{"press-01", 1}, Before}, CrashPoint{Operation{"press-02", 1}, After}
	for _, p := range []CrashPoint{one, two} {
		if err := o.KillAt(p); err != nil {
			t.Fatal(err)
		}
	}
	if !o.crashes(2, o.next("press-02"), After) || o.Hit(one) != 0 || o.Hit(two) != 2 {
		t.Errorf("the second controller has come to the second point: %d and %d have", o.Hit(one), o.Hit(two))
	}
	if !o.crashes(1, o.next("press-01"), Before) || o.Hit(one) != 1 || o.Hit(two) != 2 {
		t.Errorf("both have come to a point: %d and %d have", o.Hit(one), o.Hit(two))
	}
	o.Disarm(one)
	if o.Hit(one) != 0 || o.Hit(two) != 2 {
		t.Errorf("the first is called off, and %d and %d have come to them", o.Hit(one), o.Hit(two))
	}
}

func TestCrashPointHasAStableName(t *testing.T) {
	if name := (CrashPoint{Operation{"press-01", 7}, After}).String(); name != "press-01#7/after" {
		t.Error(name)
	}
}

func TestMadeNamesWhatIsMeant(t *testing.T) {
	o := NewOperations()
	o.next("backup:WORLD/db")
	o.next("web")
	for object, want := range map[string]string{
		"web": "web made 1 requests", "b": "b made 0 requests", "db": "db made 0 requests, but backup:WORLD/db made 1",
	} {
		if got := o.Made(object); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
