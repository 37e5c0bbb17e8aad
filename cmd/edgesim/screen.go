package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/term"

	"example.com/edge-device-operator/cmd/internal/stdout"
	"example.com/edge-device-operator/scenarios/realtime"
)

// newScreen returns a live screen on a terminal, else plain lines.
func newScreen(out io.Writer) realtime.Screen {
	f := terminal(out)
	if f == nil || os.Getenv("TERM") == "dumb" {
		return plain{out}
	}
	return &live{out: out, size: func() (int, int, error) { return term.GetSize(int(f.Fd())) }}
}

// terminal is the terminal that a writer writes to, nil if it is something else.
func terminal(out io.Writer) *os.File {
	if w, ok := out.(*stdout.Writer); ok {
		out = w.To
	}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// plain is a screen without a table: the lines contain everything.
type plain struct{ out io.Writer }

func (p plain) Say(line string) { fmt.Fprintln(p.out, line) }
func (p plain) Show([]string)   {}

// live is a terminal with scrolling lines above a table.
type live struct {
	out   io.Writer
	size  func() (width, height int, err error)
	table []string
	drawn int // lines of it that are on the screen
}

// Say replaces the table by a line, with the table below it.
func (l *live) Say(line string) {
	l.erase()
	fmt.Fprintln(l.out, line)
	l.draw()
}

// Show draws the table if it has changed.
func (l *live) Show(table []string) {
	if slices.Equal(table, l.table) {
		return
	}
	l.erase()
	l.table = table
	l.draw()
}

func (l *live) erase() {
	if l.drawn > 0 {
		fmt.Fprintf(l.out, "\r\x1b[%dA\x1b[J", l.drawn) // up, and clear what is below
	}
	l.drawn = 0
}

// draw draws the table, unless the terminal has too few rows. It cuts lines to the
// width, so that each takes one row.
func (l *live) draw() {
	width, height, err := l.size()
	if err != nil || height <= len(l.table) {
		return
	}
	for _, line := range l.table {
		if r := []rune(line); len(r) >= width {
			line = string(r[:max(width-1, 0)])
		}
		fmt.Fprintln(l.out, line)
	}
	l.drawn = len(l.table)
}
