package syntax

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Parse parses a scenario file. The error is an *Error. Even then, what was parsed
// above it is returned, so that an earlier mistake in the meaning of a command can be
// reported first.
func Parse(path, text string) (*File, error) {
	f := &File{Path: path}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	mistake := func(n int, w Word, expected string) (*File, error) {
		return f, &Error{path, n + 1, w.Column, w.Text, expected}
	}
	for n, line := range lines {
		if w, expected := unreadable(line); expected != "" {
			return mistake(n, w, expected)
		}
	}
	var b Block
	// above holds what was parsed of a block with a mistake.
	above := func(f *File, err error) (*File, error) {
		if len(b.Lines) > 0 {
			f.Blocks = append(f.Blocks, b)
		}
		return f, err
	}
	for n := 0; n < len(lines); n++ {
		switch line := lines[n]; {
		case blank(line) || strings.HasPrefix(line, "#"):
			b.Lines = append(b.Lines, Line{Number: n + 1, Text: line})
		case strings.HasPrefix(line, bar):
			if len(b.Lines) == 0 || len(b.Lines[len(b.Lines)-1].Words) == 0 {
				return above(mistake(n, Word{bar, 1}, "a command right above the text that is its"))
			}
			last := &b.Lines[len(b.Lines)-1]
			last.Body = append(last.Body, Line{Number: n + 1, Text: line})
		case line != separator:
			words := split(line)
			if strings.HasPrefix(words[0].Text, separator) {
				return above(mistake(n, words[0], "---- at the beginning of its line and nothing after it"))
			}
			b.Lines = append(b.Lines, Line{Number: n + 1, Text: line, Words: words})
		case !b.commands():
			return above(mistake(n, Word{line, 1}, "a command above this line"))
		default:
			var happened strings.Builder
			for n+1 < len(lines) && !blank(lines[n+1]) {
				n++
				if w := split(lines[n])[0]; !isTime(w.Text) {
					return above(mistake(n, w, "a time, as every line of what happened begins with; or an empty line above, if a command or a comment follows"))
				}
				happened.WriteString(lines[n] + "\n")
			}
			b.Happened = happened.String()
			f.Blocks = append(f.Blocks, b)
			b = Block{}
		}
	}
	for _, l := range b.Lines {
		if len(l.Words) > 0 {
			return above(mistake(l.Number-1, l.Words[0], "a line ---- under the commands, for what happened"))
		}
	}
	if len(f.Blocks) == 0 {
		return mistake(len(lines)-1, Word{"", 1}, "at least one command, and a line ---- under it")
	}
	f.Tail = b.Lines
	return f, nil
}

// commands says whether there is a command in a block.
func (b Block) commands() bool {
	for _, l := range b.Lines {
		if len(l.Words) > 0 {
			return true
		}
	}
	return false
}

// unreadable finds what no line may contain, and returns what is expected instead.
func unreadable(line string) (w Word, expected string) {
	for at, r := range line {
		_, size := utf8.DecodeRuneInString(line[at:])
		switch there := (Word{line[at : at+size], at + 1}); {
		case r == '\r':
			return there, "lines that end with LF alone"
		case unicode.IsControl(r) && r != '\t', r == utf8.RuneError && size == 1:
			return there, "UTF-8 without control characters"
		}
	}
	return Word{}, ""
}

// split splits a line into words.
func split(line string) []Word {
	var words []Word
	rest, column := line, 1
	for {
		trimmed := strings.TrimLeft(rest, " \t")
		column += len(rest) - len(trimmed)
		if trimmed == "" {
			return words
		}
		end := strings.IndexAny(trimmed, " \t")
		if end < 0 {
			end = len(trimmed)
		}
		words = append(words, Word{trimmed[:end], column})
		rest, column = trimmed[end:], column+end
	}
}

// blank says whether a line is empty.
func blank(line string) bool { return strings.Trim(line, " \t") == "" }

// isTime says whether a word is a virtual time, as in a trace.
func isTime(s string) bool {
	d, err := time.ParseDuration(s)
	return err == nil && d >= 0
}
