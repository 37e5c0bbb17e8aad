package second

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// TestExplore finds the planted bug without being told of it, and nothing once it is
// mended.
func TestExplore(t *testing.T) {
	for _, mended := range []bool{false, true} {
		t.Run(fmt.Sprintf("mended %t", mended), func(t *testing.T) {
			l := scenario.ForOperator(Operator(Reconciler{Mended: mended}), world.Hooks{})
			r := testbed.Explore(t, l, "testdata/a-site-is-made-and-removed.txt", explore.Options{Audit: 6, Seed: 1, NoShrink: true})
			if len(r.Errors) > 0 || len(r.Inapplicable) > 0 {
				t.Errorf("%s\n%v", strings.Join(r.Errors, "\n"), r.Inapplicable)
			}
			if found := len(r.Violations) > 0; found == mended {
				t.Errorf("%d of %d runs broke something", len(r.Violations), r.Runs)
			}
			for _, v := range r.Violations {
				if v.Promise != world.Expected {
					t.Errorf("broken is %q:\n%s\n%s", v.Promise, v.Story, v.File)
				}
			}
		})
	}
}

// TestAnObjectIsAppliedTooEarly has a site made anew that is still there where a fault has
// held its deletion up: it goes, and what was applied with it, which is no fault of the
// operator's.
func TestAnObjectIsAppliedTooEarly(t *testing.T) {
	l := scenario.ForOperator(Operator(Reconciler{Mended: true}), world.Hooks{})
	r := testbed.Explore(t, l, "testdata/a-site-is-made-anew.txt", explore.Options{Seed: 1, NoShrink: true})
	for _, v := range r.Violations {
		t.Errorf("it breaks %q:\n%s\n%s", v.Promise, v.Story, v.File)
	}
	if len(r.Errors) > 0 || len(r.Inapplicable) == 0 {
		t.Errorf("%v\n%v couldn't be played on", r.Errors, r.Inapplicable)
	}
	for _, i := range r.Inapplicable {
		if !strings.HasSuffix(i.Why, ": ConfigMap web is still being deleted when it is applied") {
			t.Error(i)
		}
	}
}

// TestThePlantedBugIsShrunk explores the operator, and holds what is told of it to the
// files in testdata/explored, which docs/explore.md quotes.
func TestThePlantedBugIsShrunk(t *testing.T) {
	l := scenario.ForOperator(Operator(Reconciler{}), world.Hooks{})
	r := testbed.Explore(t, l, "testdata/a-site-is-made-and-removed.txt", explore.Options{Audit: 6, Seed: 1})
	folder := t.TempDir()
	if err := r.WriteFiles(folder); err != nil {
		t.Fatal(err)
	}
	if flag.Lookup("rewrite").Value.String() == "true" {
		if err := os.RemoveAll(explored); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(explored, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range texts(t, folder) {
			if err := os.WriteFile(filepath.Join(explored, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := texts(t, folder), texts(t, explored); !maps.Equal(got, want) {
		t.Errorf("written is\n%v\nand in %s stands\n%v\nIf that is what should be: go test -rewrite", got, explored, want)
	}
	runs := 0
	for _, g := range r.Groups {
		runs += g.Shrunk.Runs
		if lines := strings.Count(g.Shrunk.File, "\n"); lines > 12 || g.Shrunk.File == "" {
			t.Errorf("%d lines:\n%s", lines, g.Shrunk.File)
		}
		f, err := l.Parse("found.txt", g.Shrunk.File)
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			var o scenario.Options
			o.World.REST, o.World.Settle = testbed.Plane().Config(), testbed.Settle
			if _, err := f.Run(t.Context(), o); !scenario.IsViolation(err) || !strings.Contains(err.Error(), g.Promise) || !strings.Contains(err.Error(), g.Shrunk.Expected) {
				t.Fatalf("when it is played again: %v\n%s", err, g.Shrunk.File)
			}
		}
	}
	if runs > 800 {
		t.Errorf("it took %d runs", runs)
	}
}

// explored is the folder with what is found.
const explored = "testdata/explored"

// texts are the files in a folder, by name, without the pages.
func texts(t *testing.T, folder string) map[string]string {
	t.Helper()
	all, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, one := range all {
		if filepath.Ext(one.Name()) == ".html" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(folder, one.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[one.Name()] = string(b)
	}
	return files
}
