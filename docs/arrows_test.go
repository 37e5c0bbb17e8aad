package docs_test

import (
	"slices"
	"strings"
	"testing"
)

// rooms says which rooms each may import from, test files included.
var rooms = map[string][]string{
	"operator": {"operator"},
	// Its tests at an API server, and nothing else.
	"operator/envtest": {"operator", "harness", "devicesim"},
	"devicesim":        {"devicesim"},
	"harness":          {"harness"}, // the testbed knows no operator
	"scenarios":        {"scenarios", "harness", "operator", "devicesim"},
	"cmd":              {"cmd", "scenarios", "harness", "operator", "devicesim"},
	"docs":             {"scenarios", "harness", "operator", "devicesim"}, // its tests: no room knows the pages
	"tools":            {"tools"},                                         // a module of its own
	"operators":        {"operators", "harness"},                          // modules of their own
}

// TestArrowsPointOneWay holds every import to the picture in architecture.md.
func TestArrowsPointOneWay(t *testing.T) {
	for arrow := range survey(t).imports {
		if !pointsOneWay(arrow[0], arrow[1]) {
			t.Errorf("%s imports %s", arrow[0], arrow[1])
		}
	}
	for _, wrong := range [][2]string{
		{"operator/controller", "harness/virtualtime"}, {"operator/controller", "operator/envtest"}, {"operator/envtest", "scenarios/edge"}, {"devicesim", "operator/rollout"}, {"operator", "devicesim"},
		{"harness/world", "scenarios/edge"}, {"scenarios", "cmd/edgesim"}, {"harness/process", "operator/api/v1"}, {"harness/osprocess", "devicesim"}, {"new", "operator"},
	} {
		if pointsOneWay(wrong[0], wrong[1]) {
			t.Errorf("%s may import %s", wrong[0], wrong[1])
		}
	}
}

func pointsOneWay(from, to string) bool {
	room, _, _ := strings.Cut(from, "/")
	if rooms[from] != nil {
		room = from
	}
	target, _, _ := strings.Cut(to, "/")
	return slices.Contains(rooms[room], target) && to != "operator/envtest"
}
