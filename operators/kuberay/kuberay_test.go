package kuberay

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

var (
	files = flag.String("explore", "", "explore the scenarios that match this `pattern`")
	runs  = flag.Int("runs", 300, "with so many runs")
	pairs = flag.Bool("pairs", false, "with pairs of faults")
	kinds = flag.String("faults", "", "with these `kinds` of fault, such as lost,held; all if empty")
)

func TestMain(m *testing.M) {
	all, err := crds("ray.io_rayclusters.yaml", "ray.io_rayjobs.yaml")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testbed.Main(m, all...)
}

// crds reads CustomResourceDefinitions of KubeRay's module.
func crds(names ...string) (all []*apiextensionsv1.CustomResourceDefinition, err error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/ray-project/kuberay/ray-operator").Output()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "config/crd/bases", name))
		if err != nil {
			return nil, err
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal(text, crd); err != nil {
			return nil, err
		}
		all = append(all, crd)
	}
	return all, nil
}

var language = scenario.ForEachWorld(func() (world.Operator, world.Hooks) {
	r := NewRay()
	return Operator(r), Hooks(r)
})

func TestScenarios(t *testing.T) { testbed.Play(t, language, "testdata/*.txt") }

// TestExplore explores, prints what it finds, and fails if that is anything. One world is
// played at a time, and none twice: KubeRay draws names from what the process has, and writes
// the time of the machine.
func TestExplore(t *testing.T) {
	if *files == "" {
		t.Skip("make operators does it")
	}
	o := explore.Options{Runs: *runs, Seed: 1, Width: 1, Away: []time.Duration{0, 10 * time.Second}, Rest: 40 * time.Minute, Audit: 5, ShrinkRuns: 100}
	for kind := range strings.SplitSeq(*kinds, ",") {
		if kind != "" {
			o.Faults = append(o.Faults, explore.Kind(kind))
		}
	}
	if *pairs {
		o.Depth = 2
	}
	testbed.ExploreAndReport(t, language, *files, o)
}
