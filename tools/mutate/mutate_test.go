package mutate

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var sample = Options{Folder: ".", Variable: "MUTANT", Leave: "fmt.Fprintln(os.Stderr"}

// TestEachMutationShows builds the sample with its mutations, and runs each: what it
// prints differs, or it doesn't end, or it panics.
func TestEachMutationShows(t *testing.T) {
	r, err := Mutate(sample, "./testdata/sample")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	list, err := r.WriteOverlay(folder)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "sample")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-o", program, "./testdata/sample").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(number int) string {
		// A loop that doesn't end any more prints nothing more, either.
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		c := exec.CommandContext(ctx, program)
		c.Env = append(os.Environ(), fmt.Sprintf("MUTANT=%d", number))
		out, err := c.CombinedOutput()
		return fmt.Sprintf("%s%v", out, err)
	}
	plain, err := exec.CommandContext(t.Context(), "go", "run", "./testdata/sample").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	none := run(0)
	if want := fmt.Sprintf("%s%v", plain, nil); none != want {
		t.Fatalf("without a mutation it prints\n%s\nand not\n%s", none, want)
	}
	reached := reachedBySample(t, list)
	rules := map[string]int{}
	for n, m := range r.Mutations {
		if strings.Contains(m.What, "os.Stderr") || strings.Contains(m.What, "so far") || strings.Contains(m.What, "99") || strings.HasPrefix(m.What, "an error as value 1 of: return e") || strings.HasPrefix(m.What, "an error as value 1 of: return &farError") {
			t.Errorf("%s: it is to be left out", m)
		}
		if m.Number != n+1 {
			t.Errorf("the %d-th has number %d", n+1, m.Number)
		}
		rules[m.Rule]++
		switch shows := run(m.Number) != none; {
		case !shows && !slices.Contains(same, m.String()):
			t.Errorf("%s: it makes no difference", m)
		case shows && !slices.Contains(reached, strconv.Itoa(m.Number)):
			t.Errorf("%s: it makes a difference, and is said not to be reached", m)
		}
	}
	for _, what := range []string{"2 * time.Second plus 1s", "2 * time.Second minus 1s", "2 * time.Second as 0"} {
		if !slices.ContainsFunc(r.Mutations, func(m Mutation) bool { return m.What == what }) {
			t.Errorf("no mutation is: %s", what)
		}
	}
	for _, rule := range Rules {
		if rules[rule] == 0 {
			t.Errorf("nothing has %q", rule)
		}
	}
	t.Logf("%d mutations: %v", len(r.Mutations), rules)
}

// reachedBySample are the mutations that the sample says it reaches.
func reachedBySample(t *testing.T, overlay string) (numbers []string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-count=1", "-v", "-overlay", overlay, "./testdata/sample")
	c.Env = append(os.Environ(), "MUTANT=reached")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, list, _ := strings.Cut(string(out), "reached: ")
	for _, m := range regexp.MustCompile(`"(\d+)":`).FindAllStringSubmatch(list, -1) {
		numbers = append(numbers, m[1])
	}
	return numbers
}

// TestWhatIsNotReached has a condition that is always true: only what makes it false
// differs.
func TestWhatIsNotReached(t *testing.T) {
	r, err := Mutate(sample, "./testdata/sample")
	if err != nil {
		t.Fatal(err)
	}
	list, err := r.WriteOverlay(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reached, found := reachedBySample(t, list), 0
	for _, m := range r.Mutations {
		if m.What == "make true: always" {
			found++
			if slices.Contains(reached, strconv.Itoa(m.Number)) {
				t.Errorf("%s: it is said to be reached", m)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d such mutations", found)
	}
}

// TestNoNumberIsTwoMutations has each function know only the numbers of its own mutations.
func TestNoNumberIsTwoMutations(t *testing.T) {
	r, err := Mutate(sample, "./testdata/sample")
	if err != nil {
		t.Fatal(err)
	}
	knows := map[string]int{"mutantCondition": 3, "mutantNumber": 4, "mutantOffByOne": 2}
	of, calls := map[int]string{}, 0
	for path, text := range r.Files {
		if filepath.Base(path) == "mutant.go" {
			continue
		}
		for _, m := range regexp.MustCompile(`(mutant\w+)(?:\[[^\]]*\])?\((\d+)`).FindAllStringSubmatch(string(text), -1) {
			first, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			calls++
			for n := first; n < first+knows[m[1]]; n++ {
				if other := of[n]; other != "" {
					t.Errorf("%d is a mutation of %s and of %s", n, other, m[0])
				}
				of[n] = m[0]
			}
			if last := first + knows[m[1]] - 1; knows[m[1]] > 0 && r.Mutations[first-1].Rule != r.Mutations[last-1].Rule {
				t.Errorf("%s knows %d, which is: %s", m[0], last, r.Mutations[last-1])
			}
		}
	}
	if calls == 0 {
		t.Error("there is no mutation")
	}
}

// same are mutations that make no difference to what the sample prints.
var same = []string{
	"testdata/sample/sample.go:25: 1 minus 1",                                           // no odd number is between
	"testdata/sample/sample.go:76: 0 plus 1", "testdata/sample/sample.go:76: 0 minus 1", // it is counted up to 7 in any case
	"testdata/sample/sample.go:83: 1 minus 1", // and 0 is added
	"testdata/sample/sample.go:98: make true: always",
	`testdata/sample/sample.go:101: zero as value 1 of: return "no"`,                                 // which is never reached
	`testdata/sample/sample.go:64: an error as value 2 of: return point{}, passedOn(far("too far"))`, // it is one
	"testdata/sample/sample.go:109: make true: e != nil",                                             // nil is returned in any case
}

// TestWhatCannotBeRead has packages that can't be mutated.
func TestWhatCannotBeRead(t *testing.T) {
	for pattern, want := range map[string]string{"./testdata/none": "testdata/none", "./testdata": "testdata"} {
		if _, err := Mutate(sample, pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}
