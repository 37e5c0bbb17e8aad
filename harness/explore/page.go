package explore

import (
	"fmt"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/timeline"
	"example.com/edge-device-operator/harness/trace"
)

// draw draws a shrunk violation, and the nearest run that passes beside it.
func (s *shrinker) draw(found Shrunk) (page string, err error) {
	fails, err := s.drawn(s.of.Scenario, found.File)
	if err != nil {
		return "", err
	}
	fails.Failure = fmt.Sprintf("%s\n  expected %s\n  found %s", s.of.Promise, found.Expected, found.Found)
	if s.of.Object != "" {
		fails.Failure = s.of.Object + ": " + fails.Failure
	}
	if text := found.NoReturn.String(); text != "" {
		fails.Failure += "\n" + text
	}
	if first := found.NoReturn.First(); first >= 0 {
		lost := found.NoReturn.Tries[first].What
		fails.NoReturn = max(0, slices.IndexFunc(fails.Events, func(e trace.Event) bool { return e.IsRequest() && what(e) == lost }))
	}
	if found.Passes != "" {
		passes, err := s.drawn("the run without the fault", found.Passes)
		if err != nil {
			return "", err
		}
		fails.Beside = &passes
	}
	var out strings.Builder
	err = timeline.Write(&out, fails, s.x.Words)
	return out.String(), err
}

// drawn is what a page shows of a text that the shrinker plays.
func (s *shrinker) drawn(name, text string) (timeline.Run, error) {
	f, err := s.x.Language.Parse(s.of.Scenario+".txt", text)
	if err != nil {
		return timeline.Run{}, err
	}
	o := s.play(text)
	if o.err != nil {
		return timeline.Run{}, o.err
	}
	r := timeline.NewRun(f, o.result, nil)
	r.Name = name
	return r, nil
}
