package explore_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

func TestMain(m *testing.M) { testbed.Main(m) }

func language(b bug) *scenario.Language {
	return scenario.ForOperator(toyOperator(b), world.Hooks{})
}

// exploreToy explores the one scenario with a toy.
func exploreToy(t *testing.T, b bug, o explore.Options) explore.Report {
	t.Helper()
	o.Away = []time.Duration{0, 10 * time.Second}
	r := testbed.Explore(t, language(b), "testdata/two-pages.txt", o)
	if len(r.Inapplicable) > 0 || r.Unmet > 0 || r.LeftOut > 0 {
		t.Errorf("%d faults never came about, %d were left out, and %q couldn't be played on", r.Unmet, r.LeftOut, r.Inapplicable)
	}
	return r
}

// TestABugIsFoundWhereItIs has toys with a bug that shows at one request, under one
// kind of fault: it is reported there, and nowhere else.
func TestABugIsFoundWhereItIs(t *testing.T) {
	for b, want := range map[bug][]string{
		none:      nil,
		forgets:   {"kill controller after=web#4 restart=0s", "kill controller after=web#4 restart=10s"},
		impatient: {"request web#5 answer=lost"},
		yields:    {"request web#6 refused=409"},
		guesses:   {"request web#2 answer=lost", "request web#2 refused=500", "request web#2 refused=429"},
	} {
		t.Run("it "+string(b), func(t *testing.T) {
			r := exploreToy(t, b, explore.Options{Audit: 3, Seed: 1, NoShrink: true})
			if len(r.Errors) > 0 {
				t.Error(strings.Join(r.Errors, "\n"))
			}
			var got []string
			for _, v := range r.Violations {
				got = append(got, v.Faults[0].Command)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestEveryPromiseCanBeBroken has toys that break what every operator promises, without
// any fault.
func TestEveryPromiseCanBeBroken(t *testing.T) {
	for b, want := range map[bug]string{
		restless: world.Rests, signs: world.RestsAnew, scribbles: world.IsValid, panics: world.Panics, spins: world.Spins,
	} {
		t.Run("it "+string(b), func(t *testing.T) {
			r := testbed.Explore(t, language(b), "testdata/two-pages-in-a-minute.txt", explore.Options{NoShrink: true})
			if len(r.Violations) != 1 || len(r.Violations[0].Faults) > 0 || r.Violations[0].Promise != want || r.Runs != 1 {
				t.Errorf("in %d runs there are %d violations, not the one of %q: %+v", r.Runs, len(r.Violations), want, r.Violations)
			}
		})
	}
}

// TestWhatIsFoundIsAFile plays what was found again.
func TestWhatIsFoundIsAFile(t *testing.T) {
	l := language(forgets)
	r := exploreToy(t, forgets, explore.Options{NoShrink: true})
	for _, v := range r.Violations {
		f, err := l.Parse("found.txt", v.File)
		if err != nil {
			t.Fatalf("%v\n%s", err, v.File)
		}
		for range 10 {
			var o scenario.Options
			o.World.REST, o.World.Settle = testbed.Plane().Config(), testbed.Settle
			if _, err := f.Run(t.Context(), o); !scenario.IsViolation(err) || !strings.Contains(err.Error(), v.Promise) || !strings.Contains(err.Error(), v.Expected) {
				t.Fatalf("it breaks %q, but when it is played again: %v\n%s", v.Promise, err, v.File)
			}
		}
	}
}

// TestTheSameReport explores with different numbers of worlds at a time.
func TestTheSameReport(t *testing.T) {
	var texts []string
	for _, width := range []int{1, 4} {
		var text strings.Builder
		if err := exploreToy(t, guesses, explore.Options{Width: width, Audit: 3, Seed: 1}).WriteText(&text); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text.String())
	}
	if texts[0] != texts[1] {
		t.Errorf("one at a time gives\n%s\nfour\n%s", texts[0], texts[1])
	}
}

// TestMergingIsAudited has a toy whose reads matter, against what merging goes by.
func TestMergingIsAudited(t *testing.T) {
	r := exploreToy(t, counts, explore.Options{Audit: 100, NoShrink: true})
	if len(r.Errors) == 0 || !strings.Contains(r.Errors[0], "was taken to be the same as") {
		t.Errorf("%d kills were audited, and it was not found out: %q", r.Audited, r.Errors)
	}
}

func TestMergedOrNot(t *testing.T) {
	merged, all := exploreToy(t, forgets, explore.Options{NoShrink: true}), exploreToy(t, forgets, explore.Options{NoMerge: true, NoShrink: true})
	if merged.Points != 12 || merged.Effective != 4 || merged.Distinct != 5 || all.Distinct != 12 {
		t.Errorf("%d points, %d effective requests, %d distinct; unmerged %d", merged.Points, merged.Effective, merged.Distinct, all.Distinct)
	}
	// Beside the one after the mark, the one before the next request.
	if got, want := len(all.Violations), 2*len(merged.Violations); got != want {
		t.Errorf("unmerged, %d violations are found, not %d", got, want)
	}
}
