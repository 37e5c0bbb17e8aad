package mutants

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/internal/generated"
)

var manifests = flag.String("mutants.manifests", "", "play `all` mutants of the CustomResourceDefinition and the ClusterRole, or so many of them; none by default")

// manifestMutant is a manifest with one change.
type manifestMutant struct {
	mutation
	variable string // the environment variable that names its file
	text     []byte
}

// hostile are scenarios in which somebody writes what the API server should refuse, or in
// which the operator's rights matter.
var hostile = []string{"nobody-else-writes-status", "somebody-takes-a-step", "by-hand", "rights-are-taken-away", "controller-killed-mid-transfer"}

// TestMutantsOfManifests takes each rule and each bound out of the
// CustomResourceDefinition, and each right out of the ClusterRole, and prints whether the
// suites of the API and of the rights find that, or a scenario.
func TestMutantsOfManifests(t *testing.T) {
	if *manifests == "" {
		t.Skip("make mutants-manifests plays them")
	}
	every := allManifestMutants(t)
	all := every
	if n, err := strconv.Atoi(*manifests); err == nil && n < len(every) {
		all = lots(every, n, func(m manifestMutant) string { return m.What })
	} else if err != nil && *manifests != "all" {
		all = slices.DeleteFunc(slices.Clone(every), func(m manifestMutant) bool { return !strings.Contains(m.String(), *manifests) })
		if len(all) == 0 {
			t.Fatalf("-mutants.manifests=%s: expected all, a number, or a part of a mutant's file and text", *manifests)
		}
	}
	mutations := mutationsOf(every)
	said, known := unfound(t, mutations), readFindings(t, *journalPath, mutations)
	exact, _ := keys(mutations)
	if _, err := controlplane.Binaries(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	suite, replay := buildWithManifests(t, folder)
	results, stop := scenarios.SideBySide(t.Context(), playersAtATime, all, func(ctx context.Context, m manifestMutant) Finding {
		if f, ok := known[m.Number]; ok && f.By != ByNothing {
			return f // what was found stays found
		}
		file, err := os.CreateTemp(folder, "*.yaml")
		if err == nil {
			_, err = file.Write(m.text)
			err = errors.Join(err, file.Close())
		}
		var f Finding
		if err == nil {
			f, err = findManifest(ctx, suite, replay, m.variable+"="+file.Name())
		}
		if err != nil {
			t.Errorf("%s: %v", m, err)
			return f
		}
		noteFinding(t, *journalPath, m.File, exact[m.Number], f)
		return f
	})
	defer stop()
	found := make([]Finding, len(all))
	for n, result := range results {
		f := <-result
		found[n] = f
		fmt.Fprintf(os.Stderr, "%d/%d %s: %s %s\n", n+1, len(all), all[n], f.By, f.What)
		switch u, listed := said[all[n].Number]; {
		case f.By != ByNothing && listed:
			t.Errorf("%s: it is found (%s %s), and unfound.txt says: %s", all[n], f.By, f.What, u.Reason)
		case f.By == ByNothing && !listed:
			t.Errorf("nothing finds this, and unfound.txt doesn't say why: %s", all[n])
		}
	}
	made := manifestTable(mutationsOf(all), found, said)
	fmt.Printf("%d of %d mutants of the manifests\n\n%s", len(all), len(every), made)
	if *update && !t.Failed() && len(all) == len(every) {
		generated.Block(t, root+"/docs/mutants.md", "manifests", "./scenarios/mutants -mutants.manifests=all", made, true)
	}
}

// manifestTable counts by what the mutants of each manifest are found first.
func manifestTable(all []mutation, found []Finding, said map[int]Unfound) string {
	count := map[[2]string]int{}
	for n, m := range all {
		what := found[n].What
		switch {
		case isEquivalent(m, found[n], said):
			what = "nothing, and nobody can tell it from the manifest as it is"
		case found[n].By == ByNothing:
			what = "nothing"
		case found[n].By == ByScenario:
			what, _, _ = strings.Cut("scenario "+what, ":")
		case strings.HasPrefix(what, refused):
			what = strings.TrimSuffix(refused, ": ")
		}
		count[[2]string{filepath.Base(m.File), what}]++
	}
	rows := slices.SortedFunc(maps.Keys(count), func(a, b [2]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), count[b]-count[a], strings.Compare(a[1], b[1]))
	})
	var text strings.Builder
	text.WriteString("| manifest | what finds its mutants first | mutants |\n|---|---|---|\n")
	for _, row := range rows {
		fmt.Fprintf(&text, "| %s | %s | %d |\n", row[0], row[1], count[row])
	}
	return text.String()
}

// mutationsOf are the changes of manifests as mutations.
func mutationsOf(all []manifestMutant) (mutations []mutation) {
	for _, m := range all {
		mutations = append(mutations, m.mutation)
	}
	return mutations
}

// buildWithManifests builds the suite of the API and edgesim, so that an environment
// variable names the manifests that they use.
func buildWithManifests(t *testing.T, folder string) (suite, replay string) {
	t.Helper()
	const reads = `package config

import "os"

func init() {
	for variable, text := range map[string]*[]byte{"MUTANT_CRD": &crd, "MUTANT_ROLE": &role} {
		path := os.Getenv(variable)
		if path == "" {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		*text = b
	}
}
`
	list := writeOverlay(t, folder, map[string]string{"operator/config/mutant.go": reads})
	suite, replay = filepath.Join(folder, "suite"), filepath.Join(folder, "edgesim")
	runGo(t, root, "test", "-vet=off", "-c", "-overlay", list, "-o", suite, "./operator/envtest")
	runGo(t, root, "build", "-overlay", list, "-o", replay, "./cmd/edgesim")
	return suite, replay
}

// failedSpec is the line in which ginkgo names a spec that failed.
var failedSpec = regexp.MustCompile(`(?m)\[(?:FAIL|PANICKED!)\] (.*\[It\].*)$`)

// refusedManifest is the line in which the API server says why it doesn't take the
// CustomResourceDefinition or the ClusterRole.
var refusedManifest = regexp.MustCompile(`(?m) is invalid: (.*)$`)

// refused begins what is said of a mutant that can't be installed.
const refused = "the API server refuses it: "

// findManifest says what finds a manifest's mutant. A suite that ends before any spec has
// failed has found nothing, and that is an error.
func findManifest(ctx context.Context, suite, replay, setting string) (Finding, error) {
	run := func(dir, program string, args ...string) (string, bool) {
		c := exec.CommandContext(ctx, program, args...)
		var out bytes.Buffer
		c.Dir, c.Env, c.Stdout, c.Stderr = dir, append(os.Environ(), setting), &out, &out
		err := c.Run()
		return out.String(), err == nil
	}
	// The bounds come first, since they find most and take a second. The specs of
	// manifests_test.go read all manifests from their files, so never the mutant.
	for _, specs := range [][]string{{"-ginkgo.focus-file=bounds_test.go"}, {"-ginkgo.skip-file=(bounds|manifests)_test.go"}} {
		out, ok := run(root+"/operator/envtest", suite, append(specs, "-test.timeout=10m", "-ginkgo.fail-fast", "-ginkgo.no-color")...)
		if ok {
			continue
		}
		if m := failedSpec.FindStringSubmatch(out); m != nil {
			return Finding{By: ByTest, What: m[1]}, nil
		}
		if m := refusedManifest.FindStringSubmatch(out); m != nil {
			return Finding{By: ByTest, What: refused + m[1]}, nil
		}
		return Finding{}, fmt.Errorf("the suite of the API ended before any spec failed; its output ends with:\n%s", out[max(0, len(out)-2000):])
	}
	for _, name := range hostile {
		if out, ok := run(".", replay, "replay", name); !ok {
			return Finding{By: ByScenario, What: name + ": " + reason(out)}, nil
		}
	}
	return Finding{By: ByNothing}, nil
}

// allManifestMutants are those of the CustomResourceDefinition and of the ClusterRole.
func allManifestMutants(t *testing.T) []manifestMutant {
	t.Helper()
	all := slices.Concat(manifestMutants(t, "MUTANT_CRD", crd), manifestMutants(t, "MUTANT_ROLE", manifestsFolder+"rbac/role.yaml"))
	for n := range all {
		all[n].Number = n + 1
	}
	return all
}

// manifestMutants are a manifest's mutants.
func manifestMutants(t *testing.T, variable, path string) (all []manifestMutant) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	for _, c := range changes(tree, "") {
		c.apply()
		text, err := yaml.Marshal(tree)
		c.undo()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, manifestMutant{mutation{File: path, What: c.what}, variable, text})
	}
	return all
}

// change is one change to a manifest.
type change struct {
	what        string
	apply, undo func()
}

// dropped are the keys under which a manifest has what may be left out as a whole.
var dropped = []string{"pattern", "format", "default", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "x-kubernetes-list-type", "x-kubernetes-map-type", "subresources"}

// items are those under which it has a list, of which each item may be left out.
var items = []string{"required", "enum", "x-kubernetes-validations", "x-kubernetes-list-map-keys", "verbs", "resources", "additionalPrinterColumns", "shortNames", "categories"}

// exchanged are what the operators of a rule become.
var exchanged = [][2]string{{" <= ", " < "}, {" < ", " <= "}, {" >= ", " > "}, {" > ", " >= "}, {" == ", " != "}, {" != ", " == "}, {" && ", " || "}, {" || ", " && "}}

// changes are all changes below a place in a manifest.
func changes(node any, at string) (all []change) {
	switch node := node.(type) {
	case []any:
		for n, item := range node {
			all = append(all, changes(item, fmt.Sprintf("%s[%d]", at, n))...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(node)) {
			value, here := node[key], at+"."+key
			set := func(what string, to any) {
				all = append(all, change{what, func() { node[key] = to }, func() { node[key] = value }})
			}
			if slices.Contains(dropped, key) {
				all = append(all, change{"without " + here, func() { delete(node, key) }, func() { node[key] = value }})
			}
			list, isList := value.([]any)
			if isList && slices.Contains(items, key) {
				for n, item := range list {
					set(fmt.Sprintf("without %s %v", here, nameOf(item)), slices.Delete(slices.Clone(list), n, n+1))
				}
			}
			if number, isNumber := value.(float64); isNumber && (strings.HasPrefix(key, "min") || strings.HasPrefix(key, "max")) {
				set(fmt.Sprintf("%s plus 1", here), number+1)
				set(fmt.Sprintf("%s minus 1", here), number-1)
			}
			if rule, isText := value.(string); isText && key == "rule" {
				for _, w := range exchanged {
					for n, place := range regexp.MustCompile(regexp.QuoteMeta(w[0])).FindAllStringIndex(rule, -1) {
						set(fmt.Sprintf("%s number %d as %s: %s", w[0], n+1, w[1], rule), rule[:place[0]]+w[1]+rule[place[1]:])
					}
				}
			}
			all = append(all, changes(value, here)...)
		}
	}
	return all
}

// nameOf is by what an item of a list is told from the others.
func nameOf(item any) string {
	if fields, isMap := item.(map[string]any); isMap {
		for _, key := range []string{"rule", "name"} {
			if text, isText := fields[key].(string); isText {
				return text
			}
		}
	}
	return fmt.Sprint(item)
}

// TestManifestsHaveMutants checks that each kind of change is made.
func TestManifestsHaveMutants(t *testing.T) {
	all := allManifestMutants(t)
	seen := map[string]bool{}
	for _, m := range all {
		if seen[m.File+m.What] {
			t.Errorf("there are two: %s", m)
		}
		seen[m.File+m.What] = true
	}
	for _, part := range []string{".required deviceRef", ".enum Failed", "self == oldSelf", ".pattern", "minimum minus 1", "maxLength plus 1", ".verbs watch", " && ", ".subresources"} {
		if !slices.ContainsFunc(all, func(m manifestMutant) bool { return strings.Contains(m.What, part) }) {
			t.Errorf("no change has %q", part)
		}
	}
	t.Logf("%d mutants", len(all))
}
