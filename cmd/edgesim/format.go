package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/scenarios/edge"
)

// The output formats of replay.
const (
	formatText  = "text"
	formatJSON  = "json"
	formatJUnit = "junit"
)

// played is the result of a scenario.
type played struct {
	file    *scenario.File
	res     scenario.Result
	err     error
	verdict string // one line
}

// printer prints results. Its output doesn't depend on the wall clock.
type printer interface {
	print(played) error
	close() error
}

func newPrinter(format string, out io.Writer) (printer, error) {
	switch format {
	case formatText:
		return &textPrinter{out: out}, nil
	case formatJSON:
		return &jsonPrinter{json.NewEncoder(out)}, nil
	case formatJUnit:
		return &junitPrinter{out: out, suite: junitSuite{Name: "edgesim replay"}}, nil
	}
	return nil, checkFormat(format)
}

// checkFormat refuses a format that there isn't.
func checkFormat(format string) error {
	switch format {
	case formatText, formatJSON, formatJUnit:
		return nil
	}
	return fmt.Errorf("--format %s: expected text, json or junit", format)
}

// textPrinter prints each file with what happened.
type textPrinter struct {
	out   io.Writer
	below bool
}

func (p *textPrinter) print(s played) error {
	text := s.res.Output
	if p.below {
		text = "\n" + text
	}
	p.below = true
	_, err := io.WriteString(p.out, text)
	return err
}

func (p *textPrinter) close() error { return nil }

// jsonPrinter prints one JSON object per scenario, each on a line: docs/trace.md.
type jsonPrinter struct{ encoder *json.Encoder }

type jsonScenario struct {
	Version          string            `json:"version"`
	Scenario         string            `json:"scenario"`
	Title            string            `json:"title"`
	Held             bool              `json:"held"`
	Error            string            `json:"error,omitempty"`
	Differs          bool              `json:"differs,omitempty"`
	VirtualSeconds   float64           `json:"virtualSeconds"`
	ControllerStarts int               `json:"controllerStarts"`
	Checks           int               `json:"checks"`
	Notes            []string          `json:"notes,omitempty"`
	Moved            []string          `json:"moved,omitempty"`
	Events           []json.RawMessage `json:"events"`
}

func (p *jsonPrinter) print(s played) error {
	events, err := trace.Encode(s.res.Events, edge.Narrate)
	if err != nil {
		return err
	}
	out := jsonScenario{
		Version: trace.Version, Scenario: s.file.Name(), Title: s.file.Title, Held: s.err == nil,
		VirtualSeconds: s.res.Virtual.Seconds(), ControllerStarts: s.res.Starts, Checks: s.res.Checks, Notes: s.res.Notes,
		Events: events,
	}
	for _, m := range s.res.Moved {
		out.Moved = append(out.Moved, m.String())
	}
	if s.err != nil {
		out.Error = s.err.Error()
		var d *scenario.DifferenceError
		out.Differs = errors.As(s.err, &d)
	}
	return p.encoder.Encode(out)
}

func (p *jsonPrinter) close() error { return nil }

// junitPrinter prints a JUnit report at the end.
type junitPrinter struct {
	out   io.Writer
	suite junitSuite
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr,omitempty"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure"`
	Skipped *junitSkipped `xml:"skipped"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// add adds a case.
func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func (p *junitPrinter) print(s played) error {
	c := junitCase{Class: "scenarios", Name: s.file.Name()}
	if s.err != nil {
		c.Failure = &junitFailure{s.file.Title, inXML(s.err.Error())}
	}
	p.suite.add(c)
	return nil
}

// inXML replaces the characters that XML doesn't allow even escaped, as encoding/xml
// does except in CDATA.
func inXML(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
			return utf8.RuneError
		}
		return r // a byte that is no UTF-8 is RuneError already
	}, text)
}

func (p *junitPrinter) close() error { return writeJUnit(p.out, p.suite) }

// writeJUnit writes a report.
func writeJUnit(out io.Writer, suite junitSuite) error {
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n")
	return err
}
