// Package syntax is what a scenario file looks like, whatever its commands mean: a
// tree of blocks, lines and words, each with its place. Printing the tree gives the
// file again, to the byte.
package syntax

import (
	"fmt"
	"strings"
)

// File is a scenario file.
type File struct {
	// Path is the file's name, for messages.
	Path string
	// Blocks are the blocks, in order.
	Blocks []Block
	// Tail are the comments and empty lines after the last block.
	Tail []Line
}

// Block is some commands, and what happened.
type Block struct {
	// Lines are the commands, and the comments and empty lines among them.
	Lines []Line
	// Happened is what stands under the commands: lines that end with LF.
	Happened string
}

// Line is a command, a comment, or an empty line.
type Line struct {
	// Number counts from 1; it is 0 for a line that is in no file yet.
	Number int
	// Text is the line as it stands, without an LF.
	Text string
	// Words are those of a command, its name first; there are none on any other
	// line.
	Words []Word
	// Body are the lines under a command that begin with a |.
	Body []Line
}

// Under is the text under a command, without the | and one blank after it on each
// line.
func (l Line) Under() string {
	var text strings.Builder
	for _, b := range l.Body {
		line := strings.TrimPrefix(b.Text, bar)
		text.WriteString(strings.TrimPrefix(line, " ") + "\n")
	}
	return text.String()
}

// Word is a word of a command.
type Word struct {
	// Text is the word.
	Text string
	// Column counts from 1, in bytes.
	Column int
}

// Comment returns what a comment says, without the # and the blanks around it,
// and false for every other line.
func (l Line) Comment() (text string, ok bool) {
	text, ok = strings.CutPrefix(l.Text, "#")
	return strings.TrimSpace(text), ok
}

const (
	// separator stands between commands and what happened.
	separator = "----"
	// bar begins a line of the text under a command.
	bar = "|"
)

// String is the file's text.
func (f *File) String() string {
	var out strings.Builder
	for _, b := range f.Blocks {
		b.WriteTo(&out, b.Happened)
	}
	for _, l := range f.Tail {
		l.writeTo(&out)
	}
	return out.String()
}

// WriteTo writes the block, with what happened now in the place of what stands in
// the file.
func (b Block) WriteTo(out *strings.Builder, happened string) {
	out.WriteString(b.Commands() + separator + "\n" + happened)
}

// Commands are the block's lines as they stand, without what happened.
func (b Block) Commands() string {
	var out strings.Builder
	for _, l := range b.Lines {
		l.writeTo(&out)
	}
	return out.String()
}

func (l Line) writeTo(out *strings.Builder) {
	out.WriteString(l.Text + "\n")
	for _, b := range l.Body {
		b.writeTo(out)
	}
}

// Error says what is wrong in a scenario file, and where.
type Error struct {
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
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %q: expected %s", e.Path, e.Line, e.Column, e.Word, e.Expected)
}
