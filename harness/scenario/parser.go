package scenario

import (
	"fmt"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/world"
)

// Parser reads the commands of a file, one after the other, and keeps account of
// what they declare.
type Parser struct {
	// File is the file that is read.
	File *File
	// Setup is what the seam keeps account of.
	Setup Setup

	only     string                      // the only object that there is to be; empty for all
	begun    bool                        // a command has been that isn't about the world as a whole
	top      map[string]bool             // commands about the world as a whole that have been
	waited   bool                        // the last command waits for the end
	requests map[process.Operation]bool  // requests that something is to befall
	kills    map[process.CrashPoint]bool // crash points that are armed
	points   map[world.Point]bool        // other points that are
	arm      func(*Run) error            // of the command that is being read
}

func newParser(f *File, only string) *Parser {
	return &Parser{
		File: f, Setup: f.setup, only: only, top: map[string]bool{},
		requests: map[process.Operation]bool{}, kills: map[process.CrashPoint]bool{}, points: map[world.Point]bool{},
	}
}

// command reads a line.
func (p *Parser) command(line syntax.Line) (step, error) {
	first := line.Words[0]
	c, known := p.File.language.commands[first.Text]
	if !known {
		return step{}, &syntax.Error{Path: p.File.Path, Line: line.Number, Column: first.Column, Word: first.Text, Expected: p.File.language.expected(first.Text)}
	}
	a := readArguments(p.File.Path, line)
	a.only = p.only
	p.File.Tied = p.File.Tied || p.waited
	if a.Maybe() && !c.Maybe {
		a.Fail(a.maybe, "this after "+strings.Join(p.File.language.names(func(c Command) bool { return c.Maybe }), ", ")+" only")
	}
	switch {
	case c.Text && !c.Bare && a.Text == "":
		a.Fail(a.Command, "text under this line, each line of it behind a |")
	case !c.Text && a.Text != "":
		p.actions(line, a)
	}
	p.place(c, a)
	p.waited = false
	act := c.Parse(p, a)
	if a.err != nil {
		return step{}, a.err
	}
	s := step{line.Number, act, p.arm, p.waited}
	p.arm = nil
	return s, nil
}

// actions reads what the requests do that a command names.
func (p *Parser) actions(line syntax.Line, a *Arguments) {
	switch named := len(requestsIn(line)); {
	case named == 0:
		a.Fail(a.Command, "no text under this line")
	case named != len(line.Body), slices.Contains(actionsOf(line), ""):
		a.Fail(a.Command, fmt.Sprintf("under this line nothing, or what each request does, such as | create Secret web-credentials: %d in all", named))
	}
	p.File.actions = append(p.File.actions, line.Number)
}

// place refuses a command about the world as a whole once something happened,
// and the second of its kind.
func (p *Parser) place(c Command, a *Arguments) {
	switch {
	case !c.Top:
		p.begun = true
		return
	case p.begun:
		a.Fail(a.Command, "this at the top, before all that happens")
	case p.top[c.Name]:
		a.Fail(a.Command, "this only once")
	}
	p.top[c.Name] = true
}

// namedController reads the words after kill and stop: which controller that is,
// 0 for the only one that runs.
func namedController(a *Arguments) (n int) {
	switch {
	case len(a.Names) == 0:
		a.Fail(a.Command, "the word controller after it")
	case a.Names[0].Text != "controller":
		a.Fail(a.Names[0], "the word controller")
	case len(a.Names) > 2:
		a.Fail(a.Names[2], "no further word")
	case len(a.Names) == 2:
		return controllerNumber(a, a.Names[1])
	}
	return 0
}

// controllerNumber reads a controller's number. Whether it runs, only the run will
// show.
func controllerNumber(a *Arguments, w Word) int {
	n, err := Number(1, maxControllers)(w.Text)
	if err != nil {
		a.Fail(w, "the number of a controller, "+err.Error())
	}
	return int(n)
}

// maxControllers bounds the numbers of controllers, which count from 1 in the order
// of their starts.
const maxControllers = 10000

// given reads the number that controller= has, 0 where it isn't there.
func given(a *Arguments) int {
	if w := a.Values["controller"]; w.Column > 0 {
		return controllerNumber(a, w)
	}
	return 0
}

// upOrDown reads down or up, and which controller that is about.
func upOrDown(a *Arguments) (n int, up bool) {
	a.Allow("controller")
	a.OneName("the word down or up after it")
	if len(a.Names) > 0 && a.Names[0].Text != "down" && a.Names[0].Text != "up" {
		a.Fail(a.Names[0], "the word down or up")
	}
	return given(a), len(a.Names) > 0 && a.Names[0].Text == "up"
}

// wholeNumber reads the one number after a command, 0 where there is none to be
// had.
func wholeNumber(a *Arguments, most int64) int64 {
	a.Allow()
	a.OneName("a whole number after it")
	if len(a.Names) == 0 {
		return 0
	}
	n, err := Number(1, most)(a.Names[0].Text)
	if err != nil {
		a.Fail(a.Names[0], err.Error())
	}
	return n
}

// expectedName says what should stand in the place of a name whose requests a command is
// about; it is empty where that name may. A task of the operator may have requests in
// every world, whatever that declares.
func (p *Parser) expectedName(name string) string {
	if process.IsTask(name) {
		return ""
	}
	return p.Setup.Expected(name)
}
