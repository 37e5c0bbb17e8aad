package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/nearest"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
)

// A command may say under it what each of the requests is that it names:
//
//	kill controller after=web#2 restart=0s
//	| create Secret web-credentials
//
// With another version of the operator that may be web#3. So the file is played without
// such commands first, and each then gets the number that its request has now: of those
// that are alike, the nearest.

// Moved is a request that has another number than a file says.
type Moved struct {
	// Line is that of the command.
	Line int
	// Was is the request that the file names, and Is what it is now.
	Was, Is process.Operation
	// Action is what it does.
	Action string
	// Place is its place among the requests of its work that do the same, from 1, and Alike
	// how many there are.
	Place, Alike int
}

// String says where it is now.
func (m Moved) String() string {
	text := fmt.Sprintf("line %d: %s %s is %s now", m.Line, m.Was.Name(), m.Action, m.Is.Name())
	if m.Alike > 1 {
		text += fmt.Sprintf(", number %d of %d that do the same", m.Place, m.Alike)
	}
	return text
}

// locate returns the file with the numbers that the requests of such commands have now.
// The error, a StepError, says which request is gone.
func (f *File) locate(ctx context.Context, o Options) (*File, []Moved, error) {
	tree, err := syntax.Parse(f.Path, f.tree.String())
	if err != nil {
		return nil, nil, err
	}
	o.FullTrace, o.MadeUp = true, true
	var moved []Moved
	taken := map[process.Operation]process.Operation{} // what they were, by what they are
	for open := f.actions; len(open) > 0; {
		// The first one to come about is found first, since it changes what comes after it.
		events, ended, err := f.playWithout(ctx, o, tree, open)
		if err != nil {
			return nil, nil, err
		}
		next, first := located{}, len(events)
		for _, line := range open {
			if l := find(tree, line, events, taken); l.first < first {
				next, first = l, l.first
			}
		}
		switch {
		case first < len(events):
		case ended != nil && slices.Contains(f.actions, ended.Line) && !slices.Contains(open, ended.Line):
			return nil, nil, ended // what comes after it is not known
		default:
			return nil, nil, gone(tree, open[0], events)
		}
		for _, m := range next.requests {
			taken[m.Is] = m.Was
		}
		renumber(lineOf(tree, next.line), next.requests)
		moved = append(moved, slices.DeleteFunc(next.requests, func(m Moved) bool { return m.Was == m.Is })...)
		open = slices.DeleteFunc(slices.Clone(open), func(line int) bool { return line == next.line })
	}
	found, err := f.language.bind(tree, "")
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(moved, func(a, b Moved) int { return a.Line - b.Line })
	return found, moved, nil
}

// playWithout plays a tree without some of its commands, and returns what happened, and at
// which line it ended if that was too early.
func (f *File) playWithout(ctx context.Context, o Options, tree *syntax.File, without []int) (events []trace.Event, ended *StepError, err error) {
	rest := *tree
	rest.Blocks = nil
	for _, b := range tree.Blocks {
		var lines []syntax.Line
		for _, l := range b.Lines {
			switch {
			case !slices.Contains(without, l.Number):
				lines = append(lines, l)
			case WaitsForRequest(l):
				lines = append(lines, syntax.Line{Number: l.Number, Text: "run", Words: []syntax.Word{{Text: "run", Column: 1}}})
			}
		}
		if slices.ContainsFunc(lines, func(l syntax.Line) bool { return len(l.Words) > 0 }) {
			rest.Blocks = append(rest.Blocks, syntax.Block{Lines: lines})
		}
	}
	file, err := f.language.bind(&rest, "")
	if err != nil {
		return nil, nil, err
	}
	res, err := file.run(ctx, o)
	if err != nil && (ctx.Err() != nil || !errors.As(err, &ended)) {
		return nil, nil, err
	}
	return res.Events, ended, nil
}

// located are the requests of a command.
type located struct {
	line     int
	first    int // the place of the first of them among the events
	requests []Moved
}

// find finds the requests of a line's command among events; first is the number of these
// if one of them isn't there.
func find(tree *syntax.File, line int, events []trace.Event, taken map[process.Operation]process.Operation) located {
	found := located{line: line, first: len(events)}
	l := lineOf(tree, line)
	for n, op := range requestsIn(*l) {
		m := Moved{Line: line, Was: op, Action: actionsOf(*l)[n]}
		all := alike(events, m)
		at := nearestOf(events, all, m, taken)
		if at < 0 {
			return located{line: line, first: len(events)}
		}
		m.Is = process.Operation{Object: op.Object, Number: events[at].Number}
		m.Place, m.Alike = slices.Index(all, at)+1, len(all)
		found.first = min(found.first, at)
		found.requests = append(found.requests, m)
	}
	return found
}

// alike are the places of the requests of the same work that do the same.
func alike(events []trace.Event, m Moved) (all []int) {
	for n, e := range events {
		if e.IsRequest() && e.Subject == m.Was.Object && e.Action() == m.Action {
			all = append(all, n)
		}
	}
	return all
}

// nearestOf is the place of the request whose number is nearest, -1 if there is none. Of
// two it is the later. One that another number of the file's stands for already is none.
func nearestOf(events []trace.Event, all []int, m Moved, taken map[process.Operation]process.Operation) int {
	best, distance := -1, 0
	for _, at := range all {
		number := events[at].Number
		if was, is := taken[process.Operation{Object: m.Was.Object, Number: number}]; is && was != m.Was {
			continue
		}
		if d := max(number-m.Was.Number, m.Was.Number-number); best < 0 || d <= distance {
			best, distance = at, d
		}
	}
	return best
}

// gone is the error for a command of which a request is not made.
func gone(tree *syntax.File, line int, events []trace.Event) error {
	l := lineOf(tree, line)
	for n, op := range requestsIn(*l) {
		m := Moved{Was: op, Action: actionsOf(*l)[n]}
		if len(alike(events, m)) > 0 {
			continue
		}
		why := fmt.Sprintf("%s is to be %q, and %s makes no such request", op.Name(), m.Action, op.Object)
		var others []string
		for _, e := range events {
			if !e.IsRequest() || e.Subject != op.Object {
				continue
			}
			others = append(others, e.Action())
			if e.Number == op.Number {
				why += fmt.Sprintf("; that number is %q", e.Action())
			}
		}
		if meant := nearest.To(m.Action, others); meant != "" {
			why += fmt.Sprintf("; did you mean %q?", meant)
		}
		return &StepError{tree.Path, line, &process.UnreachedError{Why: why}}
	}
	return &StepError{tree.Path, line, &process.UnreachedError{Why: "there are fewer requests that do the same than commands that name them"}}
}

// lineOf is a line of a tree by its number.
func lineOf(tree *syntax.File, number int) *syntax.Line {
	for _, b := range tree.Blocks {
		for n := range b.Lines {
			if b.Lines[n].Number == number {
				return &b.Lines[n]
			}
		}
	}
	return nil
}

// actionsOf are what a command says that its requests do.
func actionsOf(l syntax.Line) []string {
	return strings.Split(strings.TrimSuffix(l.Under(), "\n"), "\n")
}

// renumber writes the numbers that the requests of a command have now.
func renumber(l *syntax.Line, requests []Moved) {
	shift := 0
	for n, w := range l.Words {
		l.Words[n].Column += shift
		before, _, ok := RequestIn(w.Text)
		if !ok {
			continue
		}
		text, at := before+requests[0].Is.Name(), w.Column-1+shift
		l.Text = l.Text[:at] + text + l.Text[at+len(w.Text):]
		l.Words[n].Text = text
		shift += len(text) - len(w.Text)
		requests = requests[1:]
	}
}
