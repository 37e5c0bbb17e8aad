package scenario

import (
	"fmt"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/instance"
	"example.com/edge-device-operator/harness/scenario/syntax"
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
	starts   int                         // controllers that were started
	alive    []int                       // those of them that were not killed since
	requests map[instance.Operation]bool // requests that something is to befall
	arm      func(*Run) error            // of the command that is being read
}

func newParser(f *File, only string) *Parser {
	return &Parser{File: f, Setup: f.setup, only: only, top: map[string]bool{}, requests: map[instance.Operation]bool{}}
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
	p.place(c, a)
	act := c.Parse(p, a)
	if a.err != nil {
		return step{}, a.err
	}
	s := step{line.Number, act, p.arm}
	p.arm = nil
	return s, nil
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

// EnsureController keeps account of the controllers as Run.EnsureController
// will.
func (p *Parser) EnsureController() {
	if p.starts == 0 {
		p.born()
	}
}

// born keeps account of a controller's start.
func (p *Parser) born() {
	p.starts++
	p.alive = append(p.alive, p.starts)
}

// died keeps account of a controller's end.
func (p *Parser) died(n int) {
	p.alive = slices.DeleteFunc(p.alive, func(m int) bool { return m == n })
}

// aliveList says which controllers run.
func (p *Parser) aliveList() string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(p.alive)), ", "), "[]")
}

// which finds the controller that a command is about: the one that is named,
// or the only one that runs.
func (p *Parser) which(a *Arguments, named Word, given bool) int {
	switch {
	case len(p.alive) == 0:
		a.Fail(a.Command, "a controller that runs: the first command that needs one starts the first, start controller any other")
	case given:
		n, err := Number(1, int64(p.starts))(named.Text)
		if err != nil || !slices.Contains(p.alive, int(n)) {
			a.Fail(named, "the number of a controller that runs: "+p.aliveList())
			return 0
		}
		return int(n)
	case len(p.alive) > 1:
		a.Fail(a.Command, "the number of one of the controllers that run: "+p.aliveList())
	default:
		return p.alive[0]
	}
	return 0
}

// namedController reads the words after kill and stop.
func (p *Parser) namedController(a *Arguments) (n int, named bool) {
	switch {
	case len(a.Names) == 0:
		a.Fail(a.Command, "the word controller after it")
	case a.Names[0].Text != "controller":
		a.Fail(a.Names[0], "the word controller")
	case len(a.Names) > 2:
		a.Fail(a.Names[2], "no further word")
	case len(a.Names) == 2:
		return p.which(a, a.Names[1], true), true
	}
	return 0, false
}

// upOrDown reads down or up, and which controller that is about.
func (p *Parser) upOrDown(a *Arguments) (n int, up bool) {
	a.Allow("controller")
	a.OneName("the word down or up after it")
	if len(a.Names) > 0 && a.Names[0].Text != "down" && a.Names[0].Text != "up" {
		a.Fail(a.Names[0], "the word down or up")
	}
	named, given := a.Values["controller"]
	return p.which(a, named, given), len(a.Names) > 0 && a.Names[0].Text == "up"
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
