package explore

import (
	"regexp"
	"slices"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
)

// grammarOf is a grammar for worlds in which what happens in one of some scenarios
// happens at other times, and with other faults.
func grammarOf(files []*scenario.File) *Grammar {
	var left []syntax.Line // the commands of the scenario that are still to come
	next := func(d *Draw) {
		if len(left) > 0 {
			d.sayLine(left[0])
			left = left[1:]
		}
	}
	return &Grammar{
		Declare: func(d *Draw) {
			left = commands(files[d.IntN(len(files))])
			for _, line := range left {
				if m := objectName.FindStringSubmatch(line.Under()); m != nil && line.Words[0].Text == "apply" && !slices.Contains(d.Works, m[1]) {
					d.Works = append(d.Works, m[1])
				}
			}
			for len(left) > 0 && left[0].Words[0].Text != "apply" {
				next(d)
			}
		},
		Begin: func(d *Draw) {
			for range 1 + d.IntN(3) {
				next(d)
			}
		},
		Actions: []Action{{Say: next}, {Say: next}, {Say: next}},
		End: func(d *Draw) {
			for len(left) > 0 {
				next(d)
			}
		},
	}
}

var objectName = regexp.MustCompile(`(?m)metadata:\s*\{?\s*(?:.*\s)?name: *([a-z0-9.-]+)`)

// commands are a scenario's commands, but for those that let time pass, and those about
// controllers and requests: of these the world has its own.
func commands(f *scenario.File) (all []syntax.Line) {
	tree, err := syntax.Parse(f.Path, f.Text())
	if err != nil {
		return nil // it was parsed before
	}
	for _, b := range tree.Blocks {
		for _, line := range b.Lines {
			if len(line.Words) > 0 && !slices.Contains([]string{"seed", "show", "run", "rest", "expect", "kill", "stop", "start", "watch", "api", "resync", "request"}, line.Words[0].Text) {
				all = append(all, line)
			}
		}
	}
	return all
}

func (d *Draw) sayLine(line syntax.Line) {
	d.Say("%s", line.Text)
	for _, under := range line.Body {
		d.Say("%s", under.Text)
	}
}
