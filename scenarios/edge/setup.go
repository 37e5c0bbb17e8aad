package edge

import (
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/operator/rollout"
)

// setup is what the commands of one file say about its world.
type setup struct {
	timing   rollout.Timing
	devices  map[string]bool
	deployed map[string]bool
	held     map[string]bool // deployed objects that have a finalizer
	deleting map[string]bool // those of them that were deleted
}

// of is what a file has said so far.
func of(p *scenario.Parser) *setup { return p.Setup.(*setup) }

// declared is what should stand in the place of a name that no device has.
const declared = "the name of a device that an earlier line declares"

// Expected says what should stand in the place of a name that no device has.
func (s *setup) Expected(name string) string {
	if s.devices[name] {
		return ""
	}
	return declared
}

// names are those after a command, with their ranges resolved.
func names(a *scenario.Arguments) []scenario.Word {
	return a.Expand("a device's name after it, such as press-01 or press-{01..20}")
}

// deviceNames are the names after a command about devices.
func (s *setup) deviceNames(a *scenario.Arguments) []scenario.Word {
	all := names(a)
	for _, n := range all {
		if !s.devices[n.Text] {
			a.Fail(n, declared)
		}
	}
	return all
}

// deployedNames are the names after a command about what is deployed.
func (s *setup) deployedNames(a *scenario.Arguments) []scenario.Word {
	all := names(a)
	seen := map[string]bool{}
	for _, n := range all {
		switch {
		case !s.deployed[n.Text]:
			a.Fail(n, "the name of a device that something is deployed to")
		case seen[n.Text]:
			a.Fail(n, "each name only once")
		}
		seen[n.Text] = true
	}
	return all
}
