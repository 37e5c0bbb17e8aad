package debugger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
)

// place is where a command has to stand that is to come at the moment: before the command
// of a line, or behind all of them if that is 0.
type place struct {
	line int
	// wait says that time has to pass before it, since the command of that line is under way.
	wait bool
	// ends is when that one ends.
	ends time.Duration
}

// here is the place of the moment: before the first command that has something left to do.
func (d *Debugger) here() place {
	next := len(d.result.Ran)
	if d.at < len(d.steps) {
		next = d.steps[d.at].command
	}
	return d.placeAt(d.Now(), next)
}

// placeAt is the place of a time, when the commands before one of them have nothing left to
// do.
func (d *Debugger) placeAt(now time.Duration, next int) place {
	var failed *scenario.StepError
	errors.As(d.failure, &failed)
	for n, ran := range d.result.Ran {
		begun := d.at > 0 && d.steps[d.at-1].command >= n
		// All that is due at an instant is done before a command that comes then.
		if ran.Ended <= now && (n < next || begun) && (failed == nil || failed.Line != ran.Line) {
			continue
		}
		return place{ran.Line, begun || ran.Began < now, ran.Ended}
	}
	return place{}
}

// with is the scenario with commands at the moment.
func (d *Debugger) with(commands string) (*syntax.File, error) {
	lines, err := parse(d.tree.Path, commands)
	if err != nil {
		return nil, err
	}
	tree := d.copy()
	d.put(tree, d.here(), d.Now(), lines)
	return tree, nil
}

// put puts commands into a tree, at a time.
func (d *Debugger) put(tree *syntax.File, at place, now time.Duration, lines []syntax.Line) {
	if at.wait {
		insert(tree, at.line, []syntax.Line{{Text: fmt.Sprintf("run until=%v", now)}})
		d.untilEnd(tree, at)
	}
	divide(tree, at.line)
	insert(tree, at.line, lines)
}

// untilEnd has a command that lets so much time pass end when it did.
func (d *Debugger) untilEnd(tree *syntax.File, at place) {
	for _, b := range tree.Blocks {
		for n, l := range b.Lines {
			if l.Number == at.line && l.Words[0].Text == "run" && strings.Contains(l.Text, " for=") {
				b.Lines[n].Text = fmt.Sprintf("run until=%v", at.ends)
			}
		}
	}
}

// killed is the scenario with a kill at the moment.
func (d *Debugger) killed(controller int, restart time.Duration) *syntax.File {
	var op process.Operation
	if d.at > 0 {
		events := d.steps[d.at-1].Events
		if last := events[len(events)-1]; last.IsRequest() && d.Now() == last.At && (controller == 0 || controller == last.Actor.Number) {
			op = process.Operation{Object: last.Subject, Number: last.Number}
		}
	}
	tree := d.copy()
	if line, sent := d.result.Begun[op]; sent {
		insert(tree, line, []syntax.Line{{Text: fmt.Sprintf("kill controller after=%s restart=%v", op.Name(), restart)}})
		return tree
	}
	kill, start := syntax.Line{Text: "kill controller"}, syntax.Line{Text: "start controller"}
	if controller > 0 {
		kill.Text = fmt.Sprintf("kill controller %d", controller)
	}
	if d.running() > 1 {
		start.Text = "start another controller"
	}
	at, later := d.here(), d.Now()+restart
	wait := syntax.Line{Text: fmt.Sprintf("run until=%v", later)}
	then := d.placeAt(later, len(d.result.Ran))
	switch {
	case restart == 0:
		d.put(tree, at, d.Now(), []syntax.Line{kill, start})
		return tree
	case then.line == at.line:
		d.put(tree, at, d.Now(), []syntax.Line{kill, wait, start})
		return tree
	case then.line == 0:
		insert(tree, 0, []syntax.Line{wait, start})
	default:
		d.put(tree, then, later, []syntax.Line{start})
	}
	// The later one came first: what stands before it doesn't move it.
	d.put(tree, at, d.Now(), []syntax.Line{kill})
	return tree
}

// running is how many controllers run at the moment.
func (d *Debugger) running() (n int) {
	for _, s := range d.steps[:d.at] {
		for _, e := range s.Events {
			switch {
			case e.Kind == trace.Start && e.Target.Role == trace.Controller:
				n++
			case (e.Kind == trace.Kill || e.Kind == trace.Stopped) && e.Target.Role == trace.Controller:
				n--
			}
		}
	}
	return n
}

// cut is the scenario up to the moment.
func (d *Debugger) cut() *syntax.File {
	at, tree := d.here(), d.copy()
	if at.wait {
		insert(tree, at.line, []syntax.Line{{Text: fmt.Sprintf("run until=%v", d.Now())}})
	}
	for n, b := range tree.Blocks {
		if i := placeOf(b, at.line); i >= 0 {
			tree.Blocks[n].Lines = b.Lines[:i]
			tree.Blocks = tree.Blocks[:n+1]
			break
		}
	}
	tree.Tail = nil
	if last := len(tree.Blocks) - 1; !slices.ContainsFunc(tree.Blocks[last].Lines, isCommand) {
		tree.Blocks = tree.Blocks[:last]
	}
	return tree
}

// copy is the tree, with blocks and lines of its own.
func (d *Debugger) copy() *syntax.File {
	tree := *d.tree
	tree.Blocks = slices.Clone(tree.Blocks)
	for n := range tree.Blocks {
		tree.Blocks[n].Lines = slices.Clone(tree.Blocks[n].Lines)
	}
	return &tree
}

// insert puts lines before the one with a number, or into a block of their own behind all.
func insert(tree *syntax.File, number int, lines []syntax.Line) {
	for n, b := range tree.Blocks {
		if at := placeOf(b, number); at >= 0 {
			tree.Blocks[n].Lines = slices.Insert(b.Lines, scenario.PlaceBefore(b.Lines, at), lines...)
			return
		}
	}
	tree.Blocks = append(tree.Blocks, syntax.Block{Lines: slices.Insert(lines, 0, syntax.Line{})})
}

// divide begins a new block with the line that has a number.
func divide(tree *syntax.File, number int) {
	for n, b := range tree.Blocks {
		at := placeOf(b, number)
		if at < 0 || !slices.ContainsFunc(b.Lines[:at], isCommand) {
			continue
		}
		first, second := b, b
		first.Lines, second.Lines = b.Lines[:at:at], slices.Insert(slices.Clone(b.Lines[at:]), 0, syntax.Line{})
		tree.Blocks = slices.Replace(tree.Blocks, n, n+1, first, second)
		return
	}
}

func placeOf(b syntax.Block, number int) int {
	return slices.IndexFunc(b.Lines, func(l syntax.Line) bool { return number > 0 && l.Number == number })
}

// isCommand says whether a line is a command, perhaps one that is new.
func isCommand(l syntax.Line) bool { return len(l.Words) > 0 || l.Number == 0 && l.Text != "" }

// added are the lines that the new commands of a tree will have.
func added(tree *syntax.File) (all []int) {
	n := 0
	for _, b := range tree.Blocks {
		for _, l := range b.Lines {
			if n++; l.Number == 0 && isCommand(l) {
				all = append(all, n)
			}
			n += len(l.Body)
		}
		n++ // the separator
	}
	return all
}

// parse reads commands as they stand in a file.
func parse(path, commands string) ([]syntax.Line, error) {
	f, err := syntax.Parse(path, commands+"\n----\n")
	if err != nil {
		return nil, err
	}
	lines := f.Blocks[0].Lines
	for n := range lines {
		lines[n].Number = 0
	}
	return lines, nil
}
