package explore

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
)

// script is a scenario that faults can be put into: without what happened, and with
// rest at its end.
type script struct {
	path string
	tree *syntax.File
	rest int // the line of that
	// named are the requests that its commands name, some perhaps twice.
	named []process.Operation
}

func newScript(f *scenario.File, rest time.Duration) (*script, error) {
	tree, err := syntax.Parse(f.Path, f.Text())
	if err != nil {
		return nil, err
	}
	for n := range tree.Blocks {
		tree.Blocks[n].Happened = ""
	}
	tree.Blocks = append(tree.Blocks, syntax.Block{Lines: []syntax.Line{{}, {Text: "rest within=" + short(rest)}}})
	tree.Tail = nil
	// Its lines are counted as they stand now.
	if tree, err = syntax.Parse(f.Path, tree.String()); err != nil {
		return nil, err
	}
	last := tree.Blocks[len(tree.Blocks)-1].Lines
	return &script{f.Path, tree, last[len(last)-1].Number, scenario.RequestsIn(tree)}, nil
}

// renumbered is the script as it is played, with the numbers that its requests have now.
func (s *script) renumbered(located *scenario.File) (*script, error) {
	tree, err := syntax.Parse(s.path, located.Text())
	if err != nil {
		return nil, err
	}
	return &script{s.path, tree, s.rest, scenario.RequestsIn(tree)}, nil
}

// text is the scenario with faults in it.
func (s *script) text(faults []Fault) string { return s.with(faults).String() }

// expecting is the scenario with faults in it, and with what is expected after the
// command of a line, where it ends.
func (s *script) expecting(faults []Fault, line int, expected []syntax.Line) string {
	tree := s.with(faults)
	for n := range tree.Blocks {
		b := &tree.Blocks[n]
		if at := slices.IndexFunc(b.Lines, func(l syntax.Line) bool { return l.Number == line }); at >= 0 {
			b.Lines = append(b.Lines[:at+1], expected...)
			tree.Blocks = tree.Blocks[:n+1]
			break
		}
	}
	return tree.String()
}

// with is the scenario's tree with faults in it.
func (s *script) with(faults []Fault) *syntax.File {
	tree := *s.tree
	tree.Blocks = slices.Clone(s.tree.Blocks)
	for n := range tree.Blocks {
		lines := slices.Clone(tree.Blocks[n].Lines)
		for _, f := range faults {
			if at := slices.IndexFunc(lines, func(l syntax.Line) bool { return l.Number == f.Line }); at >= 0 {
				lines = slices.Insert(lines, scenario.PlaceBefore(lines, at), syntax.Line{Text: f.Command})
			}
		}
		tree.Blocks[n].Lines = lines
	}
	return &tree
}

// lines are the lines of the scenario, by those of the scenario with faults.
func (s *script) lines(faults []Fault) map[int]int {
	lines, n := map[int]int{}, 0
	for _, b := range s.with(faults).Blocks {
		for _, l := range b.Lines {
			n++
			lines[n] = l.Number
			n += len(l.Body)
		}
		n++ // the separator
	}
	return lines
}

// short is a duration without the zeros at its end, such as 1h for 1h0m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// parse reads a scenario with faults.
func (x *exploration) parse(s *script, text string) (*scenario.File, error) {
	f, err := x.Language.Parse(s.path, text)
	if err != nil {
		return nil, fmt.Errorf("a scenario of explore's own: %w\n%s", err, text)
	}
	return f, nil
}
