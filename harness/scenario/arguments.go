package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"example.com/edge-device-operator/harness/nearest"
	"example.com/edge-device-operator/harness/scenario/syntax"
)

// Word is a word of a command line, with its position.
type Word = syntax.Word

// Arguments are the words of a command after its name: names first, then key=value.
// Only the first mistake is kept; after it, everything reads as zero.
type Arguments struct {
	// Line is the line number, from 1.
	Line int
	// Command is the command's name.
	Command Word
	// Names are the words without a =.
	Names []Word
	// Keys are the words before a =, and Values those after it.
	Keys   []Word
	Values map[string]Word
	// Text is the text under the line.
	Text string

	path  string
	only  string // leave all other names out; empty for none
	maybe Word   // the word maybe after all others, if it is there
	err   *syntax.Error
}

func readArguments(path string, line syntax.Line) *Arguments {
	a := &Arguments{path: path, Line: line.Number, Command: line.Words[0], Values: map[string]Word{}, Text: line.Under()}
	for _, w := range line.Words[1:] {
		key, value, isPair := strings.Cut(w.Text, "=")
		switch {
		case a.Maybe():
			a.Fail(a.maybe, "this last")
		case w.Text == "maybe" && len(a.Keys) > 0:
			a.maybe = w
		case !isPair && len(a.Keys) > 0:
			a.Fail(w, "key=value, since names stand before them")
		case !isPair:
			a.Names = append(a.Names, w)
		case key == "":
			a.Fail(w, "a key before the =")
		case a.Given(key):
			a.Fail(w, key+" only once")
		default:
			a.Keys = append(a.Keys, Word{Text: key, Column: w.Column})
			a.Values[key] = Word{Text: value, Column: w.Column + len(key) + 1}
		}
	}
	return a
}

// Maybe says whether the line ends with the word maybe.
func (a *Arguments) Maybe() bool { return a.maybe.Column > 0 }

// Given says whether there is a value for a key.
func (a *Arguments) Given(key string) bool { return a.Values[key].Column > 0 }

// Fail reports that a word is a mistake, and what is expected in its place.
func (a *Arguments) Fail(w Word, expected string) {
	if a.err == nil {
		a.err = &syntax.Error{Path: a.path, Line: a.Line, Column: w.Column, Word: w.Text, Expected: expected}
	}
}

// yamlLine matches the line number in a YAML error.
var yamlLine = regexp.MustCompile(`line (\d+): (.+)`)

// FailText reports that the text under the line is not YAML, at the line that the error
// names, or else at the first.
func (a *Arguments) FailText(err error) {
	line, what := a.Line+1, strings.Join(strings.Fields(err.Error()), " ")
	what = strings.TrimPrefix(strings.TrimPrefix(what, "error converting YAML to JSON: "), "yaml: ")
	if m := yamlLine.FindStringSubmatch(what); m != nil {
		n, _ := strconv.Atoi(m[1]) // digits
		line, what = a.Line+n, m[2]
	}
	if a.err == nil {
		a.err = &syntax.Error{Path: a.path, Line: line, Column: 1, Word: "|", Expected: "YAML: " + what}
	}
}

// Allow refuses every key but these.
func (a *Arguments) Allow(keys ...string) {
	sort.Strings(keys)
	for _, k := range a.Keys {
		if i := sort.SearchStrings(keys, k.Text); i == len(keys) || keys[i] != k.Text {
			expected := "no key=value here"
			if len(keys) > 0 {
				expected = "one of " + strings.Join(keys, "=, ") + "="
				if meant := nearest.To(k.Text, keys); meant != "" {
					expected += "; did you mean " + meant + "=?"
				}
			}
			a.Fail(k, expected)
		}
	}
}

// NoNames refuses names.
func (a *Arguments) NoNames() {
	if len(a.Names) > 0 {
		a.Fail(a.Names[0], "only key=value after "+a.Command.Text)
	}
}

// OneName requires exactly one name.
func (a *Arguments) OneName(expected string) {
	switch {
	case len(a.Names) == 0:
		a.Fail(a.Command, expected)
	case len(a.Names) > 1:
		a.Fail(a.Names[1], "no second word")
	}
}

// Read parses the value of a key, or returns a default if there is none.
func Read[T any](a *Arguments, key string, otherwise T, parse func(string) (T, error)) T {
	w, given := a.Values[key]
	if !given {
		return otherwise
	}
	v, err := parse(w.Text)
	if err != nil {
		a.Fail(w, strings.TrimPrefix(err.Error(), "expected "))
		return otherwise
	}
	return v
}

// Require requires a key.
func (a *Arguments) Require(key, expected string) {
	if _, given := a.Values[key]; !given {
		a.Fail(a.Command, expected)
	}
}

// maxDuration bounds the durations in a file, so that no time overflows.
const maxDuration = 10 * 365 * 24 * time.Hour

// ParseDuration parses a duration.
func ParseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxDuration || d%time.Microsecond != 0 {
		return 0, fmt.Errorf("a duration such as 12s or 1h30m, in whole microseconds, of at most 10 years")
	}
	return d, nil
}

// Number returns a parser for whole numbers between two bounds.
func Number(low, high int64) func(string) (int64, error) {
	return func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < low || n > high {
			return 0, fmt.Errorf("a whole number from %d to %d", low, high)
		}
		return n, nil
	}
}

// maxDigits bounds the numbers in a range, so that every name can be listed.
const maxDigits = 9

// Expand expands the names of a command: press-{01..20} stands for twenty names,
// press-{a,b} for two. If there is no name, that is a mistake, and expected says what
// should be there.
func (a *Arguments) Expand(expected string) []Word {
	all := a.everyName(expected)
	if a.only == "" {
		return all
	}
	return slices.DeleteFunc(all, func(w Word) bool { return w.Text != a.only })
}

func (a *Arguments) everyName(expected string) []Word {
	if len(a.Names) == 0 {
		a.Fail(a.Command, expected)
	}
	var all []Word
	for _, w := range a.Names {
		before, rest, isRange := strings.Cut(w.Text, "{")
		if !isRange {
			all = append(all, w)
			continue
		}
		bounds, after, closed := strings.Cut(rest, "}")
		if closed && strings.Contains(bounds, ",") {
			for part := range strings.SplitSeq(bounds, ",") {
				all = append(all, Word{Text: before + part + after, Column: w.Column})
			}
			continue
		}
		low, high, hasDots := strings.Cut(bounds, "..")
		first, err1 := strconv.Atoi(low)
		last, err2 := strconv.Atoi(high)
		tooLong := len(low) > maxDigits || len(high) > maxDigits
		if !closed || !hasDots || err1 != nil || err2 != nil || tooLong || first < 0 || last < first || last-first >= 1000 {
			a.Fail(w, "a range of names such as press-{01..20}, of at most 1000 and with numbers of at most 9 digits, or a list such as press-{a,b}")
			return nil
		}
		for n := first; n <= last; n++ {
			all = append(all, Word{Text: fmt.Sprintf("%s%0*d%s", before, len(low), n, after), Column: w.Column})
		}
	}
	return all
}

// OneOf returns a parser for one of some words.
func OneOf(words ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		if slices.Contains(words, s) {
			return s, nil
		}
		return "", fmt.Errorf("the word %s", strings.Join(words, " or "))
	}
}
