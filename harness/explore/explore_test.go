package explore_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
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

// basic are the kinds of fault that say enough where many runs are played.
var basic = []explore.Kind{explore.Killed, explore.Lost, explore.Refused}

// exploreToy explores the one scenario with a toy.
func exploreToy(t *testing.T, b bug, o explore.Options) explore.Report {
	t.Helper()
	o.Away = []time.Duration{0, 10 * time.Second}
	r := testbed.Explore(t, language(b), "testdata/two-pages.txt", o)
	if len(r.Inapplicable) > 0 || r.Unmet > 0 || r.LeftOut > 0 {
		t.Errorf("%d faults never came about, %d were left out, and %v couldn't be played on", r.Unmet, r.LeftOut, r.Inapplicable)
	}
	return r
}

// TestABugIsFoundWhereItIs has toys with a bug that shows at one request, under one
// kind of fault: it is reported there, and nowhere else.
func TestABugIsFoundWhereItIs(t *testing.T) {
	for b, want := range map[bug][]string{
		none:     nil,
		relapses: nil,
		tires:    nil,
		forgets: {
			"kill controller after=web#4 restart=0s", "kill controller after=web#4 restart=10s", "stop controller at=web#5 restart=0s", "stop controller at=web#5 restart=10s",
		},
		impatient: {"request web#5 answer=lost"},
		yields:    {"request web#6 refused=409"},
		presumes:  {"request web#5 answer=never"},
		clings:    {"request web#4 late=20s", "start another controller at=web#4"},
		doubts:    {"request web#5 delayed=2s"},
		hurries:   {"stop controller at=web#5 restart=0s", "stop controller at=web#5 restart=10s"},
		rereads:   {"watch down from=web#7 for=10s"},
		doubles:   {"start another controller at=web#7", "watch down from=web#7 for=10s"},
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

// TestWhatIsGoneIsForgotten has toys whose object is removed.
func TestWhatIsGoneIsForgotten(t *testing.T) {
	for b, want := range map[bug]int{none: 0, haunts: 1} {
		r := testbed.Explore(t, language(b), "testdata/a-minute-after-its-removal.txt", explore.Options{NoShrink: true, Runs: 1})
		if len(r.Violations) != want || want > 0 && (r.Violations[0].Promise != world.Forgets || r.Violations[0].Object != "web") {
			t.Errorf("it %s: %+v, %d runs, %v", b, r.Violations, r.Runs, r.Errors)
		}
	}
}

// TestMadeUpNamesAreCounted has a toy that makes one copy too few where something ends
// its first reconcile in between.
func TestMadeUpNamesAreCounted(t *testing.T) {
	r := exploreToy(t, lumps, explore.Options{NoShrink: true, Faults: basic})
	if len(r.Errors) > 0 || len(r.Violations) == 0 {
		t.Errorf("%d violations; %s", len(r.Violations), strings.Join(r.Errors, "\n"))
	}
	for _, v := range r.Violations {
		if v.Promise != world.Expected || !strings.Contains(v.File, "\nexpect configmap/copy-* count=2\n") {
			t.Errorf("%s: %s\n%s", v.Faults[0].Command, v.Promise, v.File)
		}
	}
}

// TestWhatGoesOnForEver has a toy that ends without a fault, and never does once it has
// been killed.
func TestWhatGoesOnForEver(t *testing.T) {
	r := exploreToy(t, sticks, explore.Options{Faults: basic})
	if len(r.Errors) > 0 || len(r.Violations) == 0 {
		t.Errorf("%d violations; %s", len(r.Violations), strings.Join(r.Errors, "\n"))
	}
	for _, v := range r.Violations {
		if v.Promise != world.Rests || !strings.HasPrefix(v.Faults[0].Command, "kill controller ") {
			t.Errorf("%s: %s\n%s", v.Faults[0].Command, v.Promise, v.Found)
		}
	}
}

// TestTheFirstIsEnough ends at the first violation, which is the same at any width, and
// the same as without that.
func TestTheFirstIsEnough(t *testing.T) {
	all := exploreToy(t, forgets, explore.Options{NoShrink: true, Faults: basic})
	for _, width := range []int{1, 4} {
		o := toyOptions(t, forgets, explore.Options{First: true, Width: width, NoShrink: true, Faults: basic})
		r, err := explore.Explore(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Violations) != 1 || r.Violations[0].File != all.Violations[0].File || r.Runs >= all.Runs || r.Runs+r.LeftOut != all.Runs {
			t.Errorf("%d at a time: %d violations in %d runs, %d left out, of %d and %d", width, len(r.Violations), r.Runs, r.LeftOut, len(all.Violations), all.Runs)
		}
	}
}

// TestWhatIsFoundIsAFile plays what was found again.
func TestWhatIsFoundIsAFile(t *testing.T) {
	l := language(forgets)
	r := exploreToy(t, forgets, explore.Options{NoShrink: true, Faults: basic})
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
		j, _ := journal(t, guesses, explore.Options{Width: width, Audit: 3, Repeat: 3, Seed: 1, Depth: 2, Runs: 80, Worlds: 5})
		texts = append(texts, j)
	}
	if texts[0] != texts[1] {
		t.Errorf("one at a time gives\n%s\nfour\n%s", texts[0], texts[1])
	}
}

// journal explores the one scenario with a toy, and returns the journal.
func journal(t *testing.T, b bug, o explore.Options) (text string, r explore.Report) {
	t.Helper()
	var lines strings.Builder
	encoder := json.NewEncoder(&lines)
	note := o.Note
	o.Note = func(l explore.Line) error {
		if note != nil {
			if err := note(l); err != nil {
				return err
			}
		}
		return encoder.Encode(l)
	}
	o.Away = []time.Duration{0, 10 * time.Second}
	r = testbed.Explore(t, language(b), "testdata/two-pages.txt", o)
	if err := encoder.Encode(explore.Line{Header: &explore.Header{Version: explore.Version, Shard: o.Shard}}); err != nil {
		t.Fatal(err)
	}
	all := strings.SplitAfter(lines.String(), "\n")
	return all[len(all)-2] + strings.Join(all[:len(all)-2], ""), r
}

func read(t *testing.T, text string) explore.Journal {
	t.Helper()
	j, err := explore.ReadJournal(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func inWords(t *testing.T, r explore.Report) string {
	t.Helper()
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestShardsAreTheWhole plays an exploration as a whole and in three parts.
func TestShardsAreTheWhole(t *testing.T) {
	// What a part finds is left as it was found.
	o := explore.Options{Audit: 4, Repeat: 3, Seed: 3, Depth: 2, Runs: 110, Worlds: 5, NoShrink: true}
	text, r := journal(t, guesses, o)
	whole := read(t, text)
	var parts []explore.Journal
	for index := range 3 {
		o.Shard = explore.Shard{Index: index, Of: 3}
		text, part := journal(t, guesses, o)
		if part.Runs >= r.Runs/2 || part.Runs == 0 {
			t.Errorf("part %d has %d of %d runs", index, part.Runs, r.Runs)
		}
		parts = append(parts, read(t, text))
	}
	if got, want := inWords(t, explore.NewReport(explore.Join(parts...))), inWords(t, r); got != want {
		t.Errorf("put together, the parts are\n%s\nand the whole is\n%s", got, want)
	}
	if !reflect.DeepEqual(explore.Join(parts...), explore.Join(whole)) {
		t.Error("put together, the parts have other runs than the whole")
	}
	if len(r.Violations) == 0 || r.Pairs == 0 || r.Worlds != 5 || r.LeftOut == 0 || r.Audited != 4 || r.Repeated != 3 {
		t.Errorf("that says little: %s", inWords(t, r))
	}
}

// TestItGoesOn interrupts an exploration after each of some runs, and goes on.
func TestItGoesOn(t *testing.T) {
	o := explore.Options{Audit: 2, Repeat: 2, Seed: 3, Depth: 2, Runs: 40, Worlds: 3}
	text, r := journal(t, guesses, o)
	whole := read(t, text)
	for _, played := range []int{0, 1, 7, len(whole.Runs) - 1, len(whole.Runs)} {
		o.Known = whole.Runs[:played]
		rest, again := journal(t, guesses, o)
		if got, want := inWords(t, again), inWords(t, r); got != want {
			t.Errorf("after %d runs it goes on to\n%s\nand not to\n%s", played, got, want)
		}
		if got := read(t, rest).Runs; !slices.EqualFunc(got, whole.Runs[played:], func(a, b explore.Run) bool { return reflect.DeepEqual(a, b) }) {
			t.Errorf("after %d of %d runs, it notes %d", played, len(whole.Runs), len(got))
		}
	}
	// With another operator, it isn't the same exploration any more.
	o.Known = whole.Runs
	_, err := explore.Explore(t.Context(), toyOptions(t, signs, o))
	if err == nil || !strings.Contains(err.Error(), "two-pages isn't played as it was when the journal was begun") {
		t.Errorf("it goes on with another operator: %v", err)
	}
}

// toyOptions are options for Explore itself.
func toyOptions(t *testing.T, b bug, o explore.Options) explore.Options {
	t.Helper()
	o.Language, o.Away = language(b), []time.Duration{0, 10 * time.Second}
	text, err := os.ReadFile("testdata/two-pages.txt")
	if err != nil {
		t.Fatal(err)
	}
	f, err := o.Language.Parse("testdata/two-pages.txt", string(text))
	if err != nil {
		t.Fatal(err)
	}
	o.Files = []*scenario.File{f}
	o.Play = func(ctx context.Context, f *scenario.File, options scenario.Options) (scenario.Result, error) {
		options.World.REST, options.World.Settle = testbed.Plane().Config(), testbed.Settle
		return f.Run(ctx, options)
	}
	return o
}

// TestWhatIsKnownIsKept interrupts an exploration, and has its journal fail.
func TestWhatIsKnownIsKept(t *testing.T) {
	full := errors.New("no space is left")
	for _, tt := range []struct {
		interrupted bool
		want        error
	}{{true, context.Canceled}, {false, full}} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		runs := 0
		r, err := explore.Explore(ctx, toyOptions(t, guesses, explore.Options{Width: 3, Note: func(l explore.Line) error {
			if l.Run == nil {
				return nil
			}
			if runs++; runs < 9 {
				return nil
			}
			if tt.interrupted {
				cancel()
				return nil
			}
			return full
		}}))
		if !errors.Is(err, tt.want) || r.Runs != 9 || runs != 9 || r.LeftOut == 0 {
			t.Errorf("%v: %d runs are reported, %d noted, and %d left out", err, r.Runs, runs, r.LeftOut)
		}
	}
}

// TestABudget has a clock that moves with each run.
func TestABudget(t *testing.T) {
	o := toyOptions(t, none, explore.Options{Depth: 2, Worlds: 100, Budget: 30 * time.Second})
	runs, play := 0, o.Play
	o.Play = func(ctx context.Context, f *scenario.File, options scenario.Options) (scenario.Result, error) {
		runs++
		return play(ctx, f, options)
	}
	o.Elapsed = func() time.Duration { return time.Duration(runs) * time.Second }
	r, err := explore.Explore(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	singles := r.Runs - 1 - r.Pairs - r.Worlds
	if singles != 10 || r.Pairs != 10 || r.Worlds != 9 || len(r.Left) != 3 {
		t.Errorf("the time goes to %d single faults, %d pairs and %d worlds:\n%s", singles, r.Pairs, r.Worlds, inWords(t, r))
	}
}

// TestPairs has a toy that one fault doesn't harm.
func TestPairs(t *testing.T) {
	r := exploreToy(t, relapses, explore.Options{Depth: 2, Faults: basic})
	if len(r.Errors) > 0 {
		t.Error(strings.Join(r.Errors, "\n"))
	}
	var got []string
	for _, v := range r.Violations {
		if len(v.Faults) != 2 || !strings.HasPrefix(v.Faults[0].Command, "kill controller after=web#4 ") {
			t.Errorf("%d faults break something: %v", len(v.Faults), v.Faults)
			continue
		}
		if v.Faults[0].Command == "kill controller after=web#4 restart=0s" {
			got = append(got, v.Faults[1].Command)
		}
	}
	slices.Sort(got)
	want := []string{
		"kill controller after=web#5 restart=0s", "kill controller after=web#5 restart=10s", "request web#5 answer=lost", "request web#6 refused=429", "request web#6 refused=500",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found, after the first fault,\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.DistinctRecoveries >= r.Recoveries || r.Pairs == 0 {
		t.Errorf("of %d recoveries %d are distinct, with %d pairs", r.Recoveries, r.DistinctRecoveries, r.Pairs)
	}
	if r := exploreToy(t, none, explore.Options{Depth: 2, Faults: basic}); len(r.Violations)+len(r.Errors) > 0 {
		t.Errorf("the correct one:\n%s", inWords(t, r))
	}
}

// TestTheSameAgainComesFirst has a toy that takes one refusal of its last write, and not
// two. There are so many pairs that no others come early enough.
func TestTheSameAgainComesFirst(t *testing.T) {
	r := testbed.Explore(t, language(tires), "testdata/two-pages.txt", explore.Options{Depth: 2, Runs: 30, Faults: []explore.Kind{explore.Refused}, NoShrink: true})
	var got []string
	for _, v := range r.Violations {
		got = append(got, v.Faults[0].Command+", "+v.Faults[1].Command)
	}
	slices.Sort(got)
	want := []string{"request web#6 refused=409, request web#7 refused=409", "request web#6 refused=429, request web#7 refused=429", "request web#6 refused=500, request web#7 refused=500"}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"), inWords(t, r))
	}
}

// TestRandomWorlds has toys in random worlds.
func TestRandomWorlds(t *testing.T) {
	for b, want := range map[bug]string{none: "", signs: world.RestsAnew} {
		r := testbed.Explore(t, language(b), "testdata/two-pages.txt", explore.Options{Worlds: 12, Seed: 5, Runs: 25, NoShrink: true})
		found := map[string]int{}
		for _, v := range r.Violations {
			found[v.Promise]++
		}
		if r.Worlds != 12 || len(r.Errors)+len(r.Inapplicable) > 0 || want == "" && len(found) > 0 || want != "" && found[want] == 0 {
			t.Errorf("%s: %v\n%s", b, found, inWords(t, r))
		}
	}
}

// TestWhatIsLeftBehind has toys in random worlds in which what they have made pages for is
// deleted. One that keeps them in every scenario means to.
func TestWhatIsLeftBehind(t *testing.T) {
	for b, want := range map[bug]bool{none: false, owns: false, litters: true} {
		r := testbed.Explore(t, language(b), "testdata/two-pages-removed.txt", explore.Options{Worlds: 20, Seed: 4, Faults: []explore.Kind{}, NoShrink: true})
		for _, v := range r.Violations {
			if v.Promise != world.Expected || !strings.HasPrefix(v.Expected, "no ConfigMap web-") || !strings.HasSuffix(v.File, " absent\n----\n") {
				t.Errorf("%s: %s, expected %s\n%s", b, v.Promise, v.Expected, v.File)
			}
		}
		if len(r.Errors) > 0 || len(r.Violations) > 0 != want || r.Worlds != 20 {
			t.Errorf("%s: %d violations in %d worlds\n%s", b, len(r.Violations), r.Worlds, inWords(t, r))
		}
	}
}

// TestAWorldIsItsSeedAndItsNumber draws worlds in several orders.
func TestAWorldIsItsSeedAndItsNumber(t *testing.T) {
	o := toyOptions(t, none, explore.Options{Seed: 8})
	texts := map[string]int{} // below the titles
	world := func(n int) string {
		text, err := o.RandomWorld(n)
		if err != nil {
			t.Fatal(err)
		}
		_, below, _ := strings.Cut(text, "\n")
		return below
	}
	for _, n := range []int{0, 1, 2, 3, 3, 2, 1, 0} {
		texts[world(n)]++
	}
	o.Seed++
	if other := world(0); len(texts) != 4 || texts[other] > 0 {
		t.Errorf("four worlds have %d texts, and one of another seed is among them %d times", len(texts), texts[other])
	}
	if _, err := (explore.Options{}).RandomWorld(0); err == nil {
		t.Error("a world is drawn from nothing")
	}
}

// TestMergingIsAudited has a toy whose reads matter, against what merging goes by.
func TestMergingIsAudited(t *testing.T) {
	r := exploreToy(t, counts, explore.Options{Audit: 100, NoShrink: true, Faults: basic})
	if len(r.Errors) == 0 || !strings.Contains(r.Errors[0], "was taken to be the same as") {
		t.Errorf("%d kills were audited, and it was not found out: %q", r.Audited, r.Errors)
	}
}

// TestNumbersAreStateWhereTheScriptNamesThem has scripts that wait for a request by its
// number: a kill that uses a number up has another one befallen.
func TestNumbersAreStateWhereTheScriptNamesThem(t *testing.T) {
	for _, command := range []string{"request web#2 refused=500", "request web#3 answer=lost", "kill controller before=web#3 restart=10s", "watch down from=web#5 for=10s"} {
		o := toyOptions(t, none, explore.Options{Audit: 100, NoShrink: true, Faults: []explore.Kind{explore.Killed}})
		f, err := o.Language.Parse(o.Files[0].Path, command+"\n"+o.Files[0].Text())
		if err != nil {
			t.Fatal(err)
		}
		o.Files = []*scenario.File{f}
		r, err := explore.Explore(t.Context(), o)
		if err != nil || len(r.Errors) > 0 || r.Audited == 0 {
			t.Errorf("%s: %v\n%s", command, err, inWords(t, r))
		}
	}
}

func TestMergedOrNot(t *testing.T) {
	merged, all := exploreToy(t, forgets, explore.Options{NoShrink: true, Faults: basic}), exploreToy(t, forgets, explore.Options{NoMerge: true, NoShrink: true, Faults: basic})
	if merged.Points != 12 || merged.Effective != 4 || merged.Distinct != 5 || all.Distinct != 12 {
		t.Errorf("%d points, %d effective requests, %d distinct; unmerged %d", merged.Points, merged.Effective, merged.Distinct, all.Distinct)
	}
	// Beside the one after the mark, the one before the next request.
	if got, want := len(all.Violations), 2*len(merged.Violations); got != want {
		t.Errorf("unmerged, %d violations are found, not %d", got, want)
	}
}
