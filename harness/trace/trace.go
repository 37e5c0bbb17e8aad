// Package trace records what happened in a world, in an order that doesn't
// depend on how many workers there were.
package trace

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Line is one thing that happened.
type Line struct {
	// At is when, in virtual time since the world began.
	At time.Duration
	// Object is the name of the object that it happened to; empty for what
	// the world did.
	Object string
	// Early puts the line before the others of its instant: what came about
	// by time alone, or sets everything else off. Of the rest, what the world
	// did comes after what happened to objects.
	Early bool
	// First and Last are the numbers of the operations that it was, 0 where
	// it was none. They differ where a line stands for several.
	First, Last int
	// Text says what happened, as a reader would say it.
	Text string
}

// Trace collects lines. It may be used by any number of goroutines, as long as
// each object's lines come one after the other.
type Trace struct {
	mu    sync.Mutex
	lines []Line
	taken int
}

// Add records a line.
func (t *Trace) Add(l Line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, l)
}

// Take returns the lines since the last Take, in canonical order: virtual
// time, object, the object's own sequence. It is called when the world is
// settled; lines of one instant that are taken apart stay apart.
func (t *Trace) Take() []Line {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.lines[t.taken:]
	t.taken = len(t.lines)
	return canonical(lines)
}

func canonical(lines []Line) []Line {
	sorted := append([]Line(nil), lines...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := sorted[i], sorted[j]
		if a.At != b.At {
			return a.At < b.At
		}
		if a.rank() != b.rank() {
			return a.rank() < b.rank()
		}
		if a.Object != b.Object {
			return a.Object < b.Object
		}
		return a.Early && !b.Early
	})
	return sorted
}

// rank groups the lines of one instant: the world's early ones, the objects',
// the world's others.
func (l Line) rank() int {
	switch {
	case l.Object != "":
		return 1
	case l.Early:
		return 0
	}
	return 2
}

// Format writes lines as columns: when, to whom, which operation, what. An
// object's consecutive operations of one instant that read the same become one
// line.
func Format(lines []Line) string {
	lines = merge(lines)
	var whenWidth, objectWidth, opWidth int
	for _, l := range lines {
		whenWidth = max(whenWidth, len(l.At.String()))
		objectWidth = max(objectWidth, utf8.RuneCountInString(l.Object))
		opWidth = max(opWidth, len(l.operations()))
	}
	var b strings.Builder
	for _, l := range lines {
		row := fmt.Sprintf("%*s  ", whenWidth, l.At)
		if l.Object != "" {
			row += fmt.Sprintf("%-*s  %-*s  ", objectWidth, l.Object, opWidth, l.operations())
		}
		b.WriteString(strings.TrimRight(row+l.Text, " "))
		b.WriteByte('\n')
	}
	return b.String()
}

func (l Line) operations() string {
	switch {
	case l.First == 0:
		return ""
	case l.First == l.Last:
		return fmt.Sprintf("#%d", l.First)
	}
	return fmt.Sprintf("#%d-%d", l.First, l.Last)
}

func merge(lines []Line) []Line {
	var merged []Line
	for _, l := range lines {
		if n := len(merged); n > 0 && l.First > 0 {
			last := &merged[n-1]
			if last.First > 0 && last.At == l.At && last.Object == l.Object && last.Text == l.Text && last.Last+1 == l.First {
				last.Last = l.Last
				continue
			}
		}
		merged = append(merged, l)
	}
	return merged
}

// Tail returns the last lines of an object, at most n, up to a time.
func (t *Trace) Tail(object string, until time.Duration, n int) []Line {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []Line
	for _, l := range t.lines {
		if l.Object == object && l.At <= until {
			lines = append(lines, l)
		}
	}
	lines = canonical(lines)
	return lines[max(0, len(lines)-n):]
}
