package trace

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Narrator puts an event into words, up to what Say adds to them.
type Narrator func(Event) string

// Say returns an event in a narrator's words, or in those of Text if it is nil; with
// what is the same for all events: which of several controllers it was, that an
// answer was lost, that a request arrives late.
func Say(e Event, n Narrator) string {
	if n == nil {
		n = Text
	}
	text := n(e)
	if e.Late {
		return fmt.Sprintf("request #%d arrives late: %s", e.Number, text)
	}
	if e.Result.Lost {
		text += ", but the answer is lost"
	}
	if e.Concurrent {
		text = fmt.Sprintf("(%d) %s", e.Actor.Number, text)
	}
	return text
}

// Format writes events as columns: when, to whom, which request, what. A subject's
// consecutive requests of one instant that are alike become one line.
func Format(events []Event, n Narrator) string {
	var b strings.Builder
	for _, l := range Lines(events, n) {
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

// Line is a line of Format.
type Line struct {
	// Text is the line, without a newline.
	Text string
	// Events are those that it tells of.
	Events []Event
}

// Lines are the lines of Format, each with its events.
func Lines(events []Event, n Narrator) (lines []Line) {
	rows := fold(events)
	var whenWidth, subjectWidth, numberWidth int
	for _, r := range rows {
		whenWidth = max(whenWidth, len(r.At.String()))
		subjectWidth = max(subjectWidth, utf8.RuneCountInString(r.Subject))
		numberWidth = max(numberWidth, len(r.numbers()))
	}
	for _, r := range rows {
		line := fmt.Sprintf("%*s  ", whenWidth, r.At)
		if r.Subject != "" {
			line += fmt.Sprintf("%-*s  %-*s  ", subjectWidth, r.Subject, numberWidth, r.numbers())
		}
		lines = append(lines, Line{strings.TrimRight(line+Say(r.Event, n), " "), events[:r.folded:r.folded]})
		events = events[r.folded:]
	}
	return lines
}

// row is a line: an event, or several that are alike but for their numbers.
type row struct {
	Event
	last int // the number of the last of them, 0 for what is no request as it leaves
	// folded is how many there are.
	folded int
}

func (r row) numbers() string {
	switch r.last {
	case 0:
		return ""
	case r.Number:
		return fmt.Sprintf("#%d", r.Number)
	}
	return fmt.Sprintf("#%d-%d", r.Number, r.last)
}

func fold(events []Event) []row {
	var rows []row
	for _, e := range events {
		r := row{Event: e, last: e.Number, folded: 1}
		if e.Late {
			r.last = 0 // it was listed by its number when it was sent
		}
		if n := len(rows); n > 0 && r.last > 0 {
			if before := &rows[n-1]; before.last > 0 && before.last+1 == e.Number && alike(before.Event, e) {
				before.last = e.Number
				before.folded++
				continue
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// alike says whether two events differ in nothing that is told but their numbers.
func alike(a, b Event) bool {
	a.Number, a.Effect, a.Began, a.Reconcile, a.FannedOut, a.TimesOut, a.Stored = b.Number, b.Effect, b.Began, b.Reconcile, b.FannedOut, b.TimesOut, b.Stored
	return reflect.DeepEqual(a, b)
}
