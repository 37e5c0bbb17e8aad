// Package scenario reads, runs and rewrites scenario files: one text file that
// is script, golden trace and documentation at once. It knows no particular
// operator: a Seam adds the commands that are about one.
//
// A file is a sequence of blocks. A block is one or more commands, a line
// "----", and under it what happened, up to the next empty line. A line that
// begins with # is a comment. Lines end with LF.
package scenario

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/edge-device-operator/harness/trace"
)

// File is a scenario that was read.
type File struct {
	// Path is the file's name, for messages.
	Path string
	// Title is the first comment line.
	Title string
	// About is what the file is a scenario of: the comment line "# About: ...",
	// without that beginning.
	About string
	// Seed is the file's own seed.
	Seed uint64
	// Objects is how many objects there are at most.
	Objects int
	// HoldsWorkers says that reconciles wait for what is outside, so that each
	// holds a worker: with at least as many workers as Objects, and only then, their
	// number makes no difference.
	HoldsWorkers bool
	// KillsControlPlane says that the file kills kube-apiserver or etcd: no
	// other world can run on them then.
	KillsControlPlane bool
	// Tied says that when something happens depends on another object: there is a
	// crash point, or a command after a run to the end, or too few workers.
	// Of any other file each object fares as it would alone, by ParseAlone.
	Tied bool

	language *Language
	setup    Setup
	workers  int                   // as many as the file says; 0 if it doesn't
	show     func(trace.Line) bool // nil for everything
	alone    bool                  // it is read as if one object were the only one
	tail     []string              // comments after the last block
	blocks   []block
}

// block is some commands, and what happened.
type block struct {
	steps    []step
	source   []string // the command lines and comments, as they stand
	expected string
}

// step is one command, ready to be run.
type step struct {
	line int
	run  Action
	// arm, if set, comes before the command above this one: what that sets off
	// may already be what this one waits for.
	arm func(*Run) error
}

// FixedWorkers is how many workers a file says that there are, 0 if it doesn't.
func (f *File) FixedWorkers() int { return f.workers }

// Workers is how many workers a file is played with where nobody says: as many
// as it says itself, or enough that another number would make no difference.
func (f *File) Workers() int {
	if n := f.FixedWorkers(); n > 0 {
		return n
	}
	if f.HoldsWorkers {
		return max(defaultWorkers, f.Objects)
	}
	return defaultWorkers
}

const defaultWorkers = 4

// ParseError says what is wrong in a scenario file, and where.
type ParseError struct {
	// Path, Line and Column say where; lines, and columns in bytes, count
	// from 1.
	Path         string
	Line, Column int
	// Word is what stands there.
	Word string
	// Expected says what should.
	Expected string
}

// Error is one line, with the place in the form that editors know.
func (e *ParseError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %q: expected %s", e.Path, e.Line, e.Column, e.Word, e.Expected)
}

// separator stands between commands and what happened.
const separator = "----"

// Parse reads a scenario file. The error is a *ParseError.
func (l *Language) Parse(path, text string) (*File, error) { return l.ParseAlone(path, text, "") }

// ParseAlone reads a scenario file as if one object, with what belongs to it, were
// the only one in it; what the file tells of others is left out. It is for files
// that are not Tied. The error is a *ParseError.
func (l *Language) ParseAlone(path, text, object string) (*File, error) {
	f := &File{Path: path, Seed: 1, language: l, setup: l.seam.Setup(), alone: object != ""}
	p := newParser(f, object)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	mistake := func(n int, w Word, expected string) (*File, error) {
		return nil, &ParseError{path, n + 1, w.Column, w.Text, expected}
	}
	for n, line := range lines {
		for at, r := range line {
			_, size := utf8.DecodeRuneInString(line[at:])
			switch there := (Word{line[at : at+size], at + 1}); {
			case r == '\r':
				return mistake(n, there, "lines that end with LF alone")
			case unicode.IsControl(r) && r != '\t', r == utf8.RuneError && size == 1:
				return mistake(n, there, "UTF-8 without control characters")
			}
		}
	}
	var b block
	for n := 0; n < len(lines); n++ {
		line := lines[n]
		switch {
		case blank(line) || strings.HasPrefix(line, "#"):
			if about, ok := strings.CutPrefix(line, "# About: "); ok {
				f.About = about
			}
			if f.Title == "" {
				f.Title = strings.TrimSpace(strings.TrimPrefix(line, "#"))
			}
			b.source = append(b.source, line)
		case line == separator:
			if len(b.steps) == 0 {
				return mistake(n, Word{line, 1}, "a command above this line")
			}
			var happened strings.Builder
			for n+1 < len(lines) && !blank(lines[n+1]) {
				n++
				if w := split(lines[n])[0]; !isTime(w.Text) {
					return mistake(n, w, "a time, as every line of what happened begins with; or an empty line above, if a command or a comment follows")
				}
				happened.WriteString(lines[n] + "\n")
			}
			b.expected = happened.String()
			f.blocks = append(f.blocks, b)
			b = block{}
		default:
			s, err := p.command(n+1, line)
			if err != nil {
				return nil, err
			}
			b.steps = append(b.steps, s)
			b.source = append(b.source, line)
		}
	}
	if len(b.steps) > 0 {
		first := b.steps[0].line - 1
		return mistake(first, split(lines[first])[0], "a line ---- under the commands, for what happened")
	}
	if len(f.blocks) == 0 {
		return mistake(len(lines)-1, Word{"", 1}, "at least one command, and a line ---- under it")
	}
	f.tail = b.source
	return f, nil
}

// blank says whether nothing is on a line.
func blank(line string) bool { return strings.Trim(line, " \t") == "" }

// isTime says whether a word is a virtual time, as in a trace.
func isTime(s string) bool {
	d, err := time.ParseDuration(s)
	return err == nil && d >= 0
}
