package scenario

import "example.com/edge-device-operator/harness/world"

// scheduleCommand sets the schedule, instead of the operator's own.
//
//	schedule sequential
var scheduleCommand = Command{Name: "schedule", Usage: "schedule parallel|sequential", Top: true, Parse: parseSchedule}

func parseSchedule(p *Parser, a *Arguments) Action {
	const expected = "the word parallel or sequential"
	a.Allow()
	a.OneName(expected + " after it")
	if len(a.Names) == 0 {
		return nil
	}
	switch s := world.Schedule(a.Names[0].Text); s {
	case world.Parallel:
		p.File.schedule = s
	case world.Sequential:
		p.File.schedule, p.File.Tied = s, true
	default:
		a.Fail(a.Names[0], expected)
	}
	return nil
}
