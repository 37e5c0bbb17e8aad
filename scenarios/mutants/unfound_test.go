package mutants

import (
	"fmt"
	"strings"
	"testing"
)

// keys identify mutants by their files and texts, and not by numbers and lines, which each
// edit changes. Each has two: with its place among those that have the same text, and
// without.
func keys(all []mutation) (exact, text map[int]string) {
	exact, text = map[int]string{}, map[int]string{}
	count := map[string]int{}
	for _, m := range all {
		key := m.File + ": " + m.What
		count[key]++
		exact[m.Number], text[m.Number] = fmt.Sprintf("%s (%d)", key, count[key]), key
	}
	return exact, text
}

// manifestsFolder is where the manifests are whose mutants are in unfound.txt, too.
const manifestsFolder = "operator/config/"

// unfound returns what is said of mutants that nothing finds, by their numbers: of all those
// that rules make of the operator, or of all those of the manifests. It fails if something
// is said of a mutant that isn't there.
func unfound(t *testing.T, all []mutation) map[int]Unfound {
	t.Helper()
	list, err := ParseUnfound("unfound.txt", unfoundFile)
	if err != nil {
		t.Fatal(err)
	}
	exact, text := keys(all)
	said := map[int]Unfound{}
	ofManifests := len(all) > 0 && strings.HasPrefix(all[0].File, manifestsFolder)
	for _, u := range list {
		if strings.HasPrefix(u.Key, manifestsFolder) != ofManifests {
			continue
		}
		fits := false
		for _, m := range all {
			if exact[m.Number] == u.Key || text[m.Number] == u.Key {
				said[m.Number], fits = u, true
			}
		}
		if !fits {
			t.Errorf("unfound.txt: there is no such mutant any more: %s", u.Key)
		}
	}
	return said
}

// TestUnfoundAreMutants checks that each reason is one of a mutant that there is.
func TestUnfoundAreMutants(t *testing.T) {
	for _, all := range [][]mutation{makeMutants(t, t.TempDir()), mutationsOf(allManifestMutants(t))} {
		said := unfound(t, all)
		if len(said) == 0 {
			t.Error("nothing is said of any")
		}
		t.Logf("%d of %d mutants", len(said), len(all))
	}
}

func TestParseUnfound(t *testing.T) {
	all, err := ParseUnfound("unfound.txt", "# comment\n\na.go: delete: x # y (2) # it is not read\nb.go: negate: z # open: no world has it\n")
	if err != nil || len(all) != 2 || all[0].Key != "a.go: delete: x # y (2)" || all[0].Open() || !all[1].Open() {
		t.Errorf("%+v, %v", all, err)
	}
	for text, want := range map[string]string{"a.go: delete: x\n": "unfound.txt:1: no reason", "\na: b # c\na: b # d\n": "unfound.txt:3: a: b is there twice"} {
		if _, err := ParseUnfound("unfound.txt", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
