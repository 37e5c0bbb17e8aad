package edge

import (
	"errors"
	"fmt"
	"strings"

	"example.com/edge-device-operator/harness/scenario"
)

// timingCommand sets the operator's poll interval and deadlines.
//
//	timing poll=5s transfer=10m
var timingCommand = scenario.Command{
	Name:  "timing",
	Usage: "timing [poll=5s] [jitter=10%] [transfer=10m] [reboot=5m] [verify=2m] [stall=2m]",
	Top:   true,
	Parse: parseTiming,
}

func parseTiming(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	a.Allow("poll", "jitter", "transfer", "reboot", "verify", "stall")
	a.NoNames()
	if len(a.Keys) == 0 {
		a.Fail(a.Command, "one of jitter=, poll=, reboot=, stall=, transfer=, verify= after it")
	}
	t := &setupOf(p).timing
	t.Poll = scenario.Read(a, "poll", t.Poll, scenario.ParseDuration)
	t.Jitter = scenario.Read(a, "jitter", t.Jitter, parseJitter)
	t.Transfer = scenario.Read(a, "transfer", t.Transfer, scenario.ParseDuration)
	t.Reboot = scenario.Read(a, "reboot", t.Reboot, scenario.ParseDuration)
	t.Verify = scenario.Read(a, "verify", t.Verify, scenario.ParseDuration)
	t.Stall = scenario.Read(a, "stall", t.Stall, scenario.ParseDuration)
	if stall, given := a.Values["stall"]; given && t.Stall > t.Transfer/2 {
		a.Fail(stall, fmt.Sprintf("at most %v, half the transfer deadline", t.Transfer/2))
	}
	if t.Poll <= 0 {
		a.Fail(a.Values["poll"], "a poll interval that is not zero")
	}
	return nil
}

// parseJitter parses a jitter in per cent, with the limits of the manager's flag.
func parseJitter(s string) (int, error) {
	digits, isPercent := strings.CutSuffix(s, "%")
	n, err := scenario.Number(0, 50)(digits)
	if err != nil || !isPercent {
		return 0, errors.New("a percentage up to 50%, such as 10%")
	}
	return int(n), nil
}
