package karpenter

import (
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	kwok "sigs.k8s.io/karpenter/kwok/apis"
	"sigs.k8s.io/karpenter/pkg/apis"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

var (
	files = flag.String("explore", "", "explore the scenarios that match this `pattern`")
	runs  = flag.Int("runs", 300, "with so many runs")
	kind  = flag.String("cloud", "idempotent,collects", "on a cloud of this `kind`")
	pairs = flag.Bool("pairs", false, "with pairs of faults")
	kinds = flag.String("faults", "", "with these `kinds` of fault, such as lost,held; all if empty")
)

func TestMain(m *testing.M) { testbed.Main(m, slices.Concat(apis.CRDs, kwok.CRDs)...) }

// language is that of worlds with a cloud of some kind.
func language(kind string) *scenario.Language {
	return scenario.ForEachWorld(func() (world.Operator, world.Hooks) {
		c := &Cloud{Idempotent: strings.Contains(kind, "idempotent"), Collects: strings.Contains(kind, "collects")}
		return Operator(c), Hooks(c)
	})
}

func TestScenarios(t *testing.T) {
	testbed.Play(t, language("idempotent,collects"), "testdata/*.txt")
}

// TestExplore explores, prints what it finds, and fails if that is anything.
func TestExplore(t *testing.T) {
	if *files == "" {
		t.Skip("make operators does it")
	}
	o := explore.Options{Runs: *runs, Seed: 1, Away: []time.Duration{0, 10 * time.Second}, Rest: 6 * time.Minute, Audit: 5, Repeat: 5, ShrinkRuns: 60}
	for kind := range strings.SplitSeq(*kinds, ",") {
		if kind != "" {
			o.Faults = append(o.Faults, explore.Kind(kind))
		}
	}
	if *pairs {
		o.Depth = 2
	}
	testbed.ExploreAndReport(t, language(*kind), *files, o)
}
