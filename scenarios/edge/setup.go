package edge

import (
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/operator/rollout"
)

// setup is what a file's commands declare, while the file is parsed.
type setup struct {
	timing   rollout.Timing
	devices  map[string]bool
	deployed map[string]bool
	held     map[string]bool // deployed objects that have a finalizer
	deleting map[string]bool // those of them that were deleted
	// mindLooks are the devices for which it matters how often they are looked at.
	mindLooks map[string]bool
}

// setupOf returns what the file has declared so far.
func setupOf(p *scenario.Parser) *setup { return p.Setup.(*setup) }

// declared is what is expected in place of a name that no device has.
const declared = "the name of a device that an earlier line declares"

// Expected returns what is expected in place of a name, empty if a device has it.
func (s *setup) Expected(name string) string {
	if s.devices[name] {
		return ""
	}
	return declared
}

// names returns the names after a command, with ranges expanded.
func names(a *scenario.Arguments) []scenario.Word {
	return a.Expand("a device's name after it, such as press-01 or press-{01..20}")
}

// deviceNames returns the names after a command, which must be those of devices.
func (s *setup) deviceNames(a *scenario.Arguments) []scenario.Word {
	all := names(a)
	for _, n := range all {
		if !s.devices[n.Text] {
			a.Fail(n, declared)
		}
	}
	return all
}

// deployedNames returns the names after a command, which must be those of
// DeviceDeployments.
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
