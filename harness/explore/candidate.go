package explore

import (
	"fmt"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
)

// candidate is a scenario file that is being shrunk: the commands of each block, without
// comments and without what happened. Its methods that change it return a copy.
type candidate struct {
	path   string
	blocks [][]command
}

// command is a command of a candidate.
type command struct {
	syntax.Line
	// fault says which of the faults it carries, from 1; 0 for a command of the
	// scenario's own.
	fault int
	// aims are the requests that the fault names, in the order of its words.
	aims []aim
	// fixed says that it stays as it is, since it gives the operator its time.
	fixed bool
}

// aim is what the number of a request stands for, whatever the number is.
type aim struct {
	what string // such as "create Secret web-credentials"; empty where it isn't known
	nth  int    // its place among the requests of its work that are the same, from 1
}

// newCandidate reads the file of a violation.
func newCandidate(v Violation) (candidate, error) {
	c := candidate{path: v.Scenario + ".txt"}
	tree, err := syntax.Parse(c.path, v.File)
	if err != nil {
		return candidate{}, err
	}
	for _, b := range tree.Blocks {
		var all []command
		for _, line := range b.Lines {
			if len(line.Words) > 0 {
				all = append(all, command{Line: line})
			}
		}
		c.blocks = append(c.blocks, all)
	}
	for n, f := range v.Faults {
		if !c.mark(f.Command, n+1) {
			return candidate{}, fmt.Errorf("%s has no line %q", c.path, f.Command)
		}
	}
	c.fix()
	return c, nil
}

// mark marks the line that carries a fault.
func (c candidate) mark(text string, fault int) bool {
	for _, b := range c.blocks {
		for n := range b {
			if b[n].Text == text && b[n].fault == 0 {
				b[n].fault = fault
				return true
			}
		}
	}
	return false
}

// markOwn marks the faults that a scenario has itself, as many as are armed.
func (c candidate) markOwn() (n int) {
	for _, at := range c.all() {
		one := c.at(at)
		if rungOf(one) >= 0 && !scenario.WaitsForRequest(one.Line) {
			n++
			c.blocks[at.block][at.n].fault = n
		}
	}
	return n
}

// fix fixes the wait above the last command, where that expects something: with less
// time, the operator might only be late.
func (c candidate) fix() {
	last := c.blocks[len(c.blocks)-1]
	if n := len(last) - 2; n >= 0 && last[n+1].name() == "expect" {
		last[n].fixed = true
	}
}

func (c command) name() string { return c.Words[0].Text }

// words is a command with other words.
func (c command) words(all []string) command {
	c.Text, c.Words = strings.Join(all, " "), nil
	for _, w := range all {
		c.Words = append(c.Words, syntax.Word{Text: w})
	}
	return c
}

// said are the words of a command.
func (c command) said() (all []string) {
	for _, w := range c.Words {
		all = append(all, w.Text)
	}
	return all
}

// faults is how many faults there are.
func (c candidate) faults() (n int) {
	for _, at := range c.all() {
		n = max(n, c.at(at).fault)
	}
	return n
}

// text is the file with the first of its faults, so many.
func (c candidate) text(faults int) string {
	tree := syntax.File{Path: c.path}
	for _, b := range c.blocks {
		var lines []syntax.Line
		for _, one := range b {
			if one.fault <= faults {
				lines = append(lines, one.Line)
			}
		}
		switch {
		case len(lines) == 0:
			continue
		case len(tree.Blocks) > 0:
			lines = slices.Insert(lines, 0, syntax.Line{})
		}
		tree.Blocks = append(tree.Blocks, syntax.Block{Lines: lines})
	}
	return tree.String()
}

// place is where a command stands: its block, and its place in it.
type place struct{ block, n int }

// all are the places of all commands.
func (c candidate) all() (places []place) {
	for block, b := range c.blocks {
		for n := range b {
			places = append(places, place{block, n})
		}
	}
	return places
}

func (c candidate) at(p place) command { return c.blocks[p.block][p.n] }

// copied is a copy of which each block can be changed.
func (c candidate) copied() candidate {
	c.blocks = slices.Clone(c.blocks)
	for n := range c.blocks {
		c.blocks[n] = slices.Clone(c.blocks[n])
	}
	return c
}

// with is a candidate with another command at a place.
func (c candidate) with(p place, other command) candidate {
	c = c.copied()
	c.blocks[p.block][p.n] = other
	return c
}

// keeping is a candidate with those of its commands that are to be kept. What is left of
// its faults is counted anew.
func (c candidate) keeping(keep func(place, command) bool) candidate {
	kept := candidate{path: c.path}
	number := map[int]int{}
	for block, b := range c.blocks {
		var all []command
		for n, one := range b {
			if keep(place{block, n}, one) {
				all = append(all, one)
				number[one.fault] = 0
			}
		}
		if len(all) > 0 {
			kept.blocks = append(kept.blocks, all)
		}
	}
	next := 0
	for fault := 1; fault <= c.faults(); fault++ {
		if _, there := number[fault]; there {
			next++
			number[fault] = next
		}
	}
	for _, b := range kept.blocks {
		for n := range b {
			b[n].fault = number[b[n].fault]
		}
	}
	return kept
}

// fault is where the command stands that carries a fault.
func (c candidate) fault(n int) place {
	for _, at := range c.all() {
		if c.at(at).fault == n {
			return at
		}
	}
	panic(fmt.Sprintf("there is no fault %d", n)) // a mistake in the code of this package
}

// aimAt is the aim at a request of a run; its action is empty if there is none.
func aimAt(events []trace.Event, op process.Operation) aim {
	count := map[string]int{}
	for _, e := range events {
		if !e.IsRequest() || e.Subject != op.Object {
			continue
		}
		count[e.Action()]++
		if e.Number == op.Number {
			return aim{e.Action(), count[e.Action()]}
		}
	}
	return aim{}
}

// later are the events after those of the fault before the n-th.
func (c candidate) later(n int, events []trace.Event) []trace.Event {
	if n == 1 {
		return events
	}
	return events[moment(events, c.at(c.fault(n-1)).target())+1:]
}

// aimed are a candidate's n-th fault's possible places in a run without it, the likeliest
// first: where its requests have the number that they had, or else the same place among
// those that are the same, or the last.
func (c candidate) aimed(n int, events []trace.Event) (all []candidate) {
	events = c.later(n, events)
	at := c.fault(n)
	one := c.at(at)
	if len(one.aims) == 0 {
		return []candidate{c}
	}
	for _, find := range []func([]trace.Event, process.Operation, aim) int{sameNumber, samePlace, lastPlace} {
		words, aims, next, found := one.said(), slices.Clone(one.aims), 0, true
		for k, w := range words {
			before, op, ok := scenario.RequestIn(w)
			if !ok {
				continue
			}
			goal := one.aims[next]
			next++
			if goal.what == "" {
				continue
			}
			op.Number = find(events, op, goal)
			found = found && op.Number > 0
			words[k] = before + op.Name()
			aims[next-1] = aimAt(events, op)
		}
		moved := one.words(words)
		moved.aims = aims
		if other := c.with(at, moved); found && !slices.ContainsFunc(all, func(s candidate) bool { return s.text(n) == other.text(n) }) {
			all = append(all, other)
		}
	}
	return all
}

func sameNumber(events []trace.Event, op process.Operation, goal aim) int {
	if aimAt(events, op).what == goal.what {
		return op.Number
	}
	return 0
}

func samePlace(events []trace.Event, op process.Operation, goal aim) int {
	count := 0
	for _, e := range events {
		if e.IsRequest() && e.Subject == op.Object && e.Action() == goal.what {
			if count++; count == goal.nth {
				return e.Number
			}
		}
	}
	return 0
}

func lastPlace(events []trace.Event, op process.Operation, goal aim) (number int) {
	for _, e := range events {
		if e.IsRequest() && e.Subject == op.Object && e.Action() == goal.what {
			number = e.Number
		}
	}
	return number
}
