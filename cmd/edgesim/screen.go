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

// newScreen is a live screen on a terminal, and else plain lines.
func newScreen(out io.Writer) realtime.Screen {
	to := out
	if w, ok := out.(*stdout.Writer); ok {
		to = w.To
	}
	f, ok := to.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return plain{out}
	}
	return &live{out: out, size: func() (int, int, error) { return term.GetSize(int(f.Fd())) }}
}

// plain is a screen that shows no table: the story tells it all.
type plain struct{ out io.Writer }

func (p plain) Say(line string) { fmt.Fprintln(p.out, line) }
func (p plain) Show([]string)   {}

// live is a terminal on which the story scrolls by above the table.
type live struct {
	out   io.Writer
	size  func() (width, height int, err error)
	table []string
	drawn int // lines of it that are on the screen
}

// Say writes a line where the table was, and the table below.
func (l *live) Say(line string) {
	l.erase()
	fmt.Fprintln(l.out, line)
	l.draw()
}

// Show draws the table, if it's another.
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

// draw draws the table, unless the terminal is too low for it. Lines are cut
// to its width: one that goes on in the next would take two.
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
