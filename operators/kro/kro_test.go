package kro

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/kubernetes-sigs/kro/api/v1alpha1"
	"github.com/kubernetes-sigs/kro/pkg/graph"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/rest"
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
)

func TestMain(m *testing.M) {
	crd := &apiextensionsv1.CustomResourceDefinition{}
	text, err := os.ReadFile("crd.yaml")
	if err == nil {
		err = yaml.Unmarshal(text, crd)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testbed.Main(m, crd)
}

// compiled is the graph, as kro compiles it at the API server.
var compiled = sync.OnceValues(func() (*graph.Graph, error) {
	text, err := os.ReadFile("graph.yaml")
	if err != nil {
		return nil, err
	}
	rgd := &v1alpha1.ResourceGraphDefinition{}
	if err := yaml.Unmarshal(text, rgd); err != nil {
		return nil, err
	}
	config := testbed.Plane().Config()
	http, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	b, err := graph.NewBuilder(config, http)
	if err != nil {
		return nil, err
	}
	return b.NewResourceGraphDefinition(rgd, graph.RGDConfig{MaxCollectionSize: 1000, MaxCollectionDimensionSize: 10})
})

func language(t *testing.T) *scenario.Language {
	g, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return scenario.ForOperator(Operator(g), world.Hooks{})
}

// TestCRD checks that the CustomResourceDefinition is that of the graph.
func TestCRD(t *testing.T) {
	g, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	want, err := yaml.Marshal(g.CRD)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("WRITE_CRD") != "" {
		if err := os.WriteFile("crd.yaml", want, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile("crd.yaml"); err != nil || string(have) != string(want) {
		t.Errorf("(%v) crd.yaml is not that of the graph: WRITE_CRD=1 go test writes it", err)
	}
}

func TestScenarios(t *testing.T) { testbed.Play(t, language(t), "testdata/*.txt") }

// TestExplore explores, prints what it finds, and fails if that is anything. No run is played twice: the conditions have
// the time of the machine.
func TestExplore(t *testing.T) {
	if *files == "" {
		t.Skip("make operators does it")
	}
	o := explore.Options{Runs: *runs, Seed: 1, Away: []time.Duration{0, 10 * time.Second}, Audit: 5, ShrinkRuns: 100}
	if *pairs {
		o.Depth = 2
	}
	testbed.ExploreAndReport(t, language(t), *files, o)
}
