package scenario

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"example.com/edge-device-operator/harness/nearest"
)

// word is a word of a command line, and where it stands.
type word struct {
	text   string
	column int
}

// split cuts a line into its words.
func split(line string) []word {
	var words []word
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
		words = append(words, word{trimmed[:end], column})
		rest, column = trimmed[end:], column+end
	}
}

// arguments are the words of a command after its name: names first, then
// key=value. The first mistake is kept, and everything after it reads as zero.
type arguments struct {
	path    string
	line    int
	only    string // leave all other names out; empty for none
	command word
	names   []word
	values  map[string]word
	maybe   word // the word maybe after all others, if it is there
	keys    []word
	err     *ParseError
}

func readArguments(path string, line int, words []word) *arguments {
	a := &arguments{path: path, line: line, command: words[0], values: map[string]word{}}
	for _, w := range words[1:] {
		key, value, isPair := strings.Cut(w.text, "=")
		switch {
		case a.maybe.column > 0:
			a.fail(a.maybe, "this last")
		case w.text == "maybe" && len(a.keys) > 0:
			a.maybe = w
		case !isPair && len(a.keys) > 0:
			a.fail(w, "key=value, since names stand before them")
		case !isPair:
			a.names = append(a.names, w)
		case key == "":
			a.fail(w, "a key before the =")
		case a.values[key].column > 0:
			a.fail(w, key+" only once")
		default:
			a.keys = append(a.keys, word{key, w.column})
			a.values[key] = word{value, w.column + len(key) + 1}
		}
	}
	return a
}

func (a *arguments) fail(w word, expected string) {
	if a.err == nil {
		a.err = &ParseError{a.path, a.line, w.column, w.text, expected}
	}
}

// allow refuses every key but these.
func (a *arguments) allow(keys ...string) {
	sort.Strings(keys)
	for _, k := range a.keys {
		if i := sort.SearchStrings(keys, k.text); i == len(keys) || keys[i] != k.text {
			expected := "no key=value here"
			if len(keys) > 0 {
				expected = "one of " + strings.Join(keys, "=, ") + "="
				if meant := nearest.To(k.text, keys); meant != "" {
					expected += "; did you mean " + meant + "=?"
				}
			}
			a.fail(k, expected)
		}
	}
}

// noNames refuses names.
func (a *arguments) noNames() {
	if len(a.names) > 0 {
		a.fail(a.names[0], "only key=value after "+a.command.text)
	}
}

// oneName requires one name, and refuses more.
func (a *arguments) oneName(expected string) {
	switch {
	case len(a.names) == 0:
		a.fail(a.command, expected)
	case len(a.names) > 1:
		a.fail(a.names[1], "no second word")
	}
}

// read hands a value to a parser, where there is one.
func read[T any](a *arguments, key string, otherwise T, parse func(string) (T, error)) T {
	w, given := a.values[key]
	if !given {
		return otherwise
	}
	v, err := parse(w.text)
	if err != nil {
		a.fail(w, strings.TrimPrefix(err.Error(), "expected "))
		return otherwise
	}
	return v
}

// require says that a key must be there.
func (a *arguments) require(key, expected string) {
	if _, given := a.values[key]; !given {
		a.fail(a.command, expected)
	}
}

// maxDuration bounds what a file may ask for; beyond it, times would overflow.
const maxDuration = 10 * 365 * 24 * time.Hour

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxDuration || d%time.Microsecond != 0 {
		return 0, fmt.Errorf("a duration such as 12s or 1h30m, in whole microseconds, of at most 10 years")
	}
	return d, nil
}

// number returns a parser of whole numbers between two bounds.
func number(low, high int64) func(string) (int64, error) {
	return func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < low || n > high {
			return 0, fmt.Errorf("a whole number from %d to %d", low, high)
		}
		return n, nil
	}
}

// maxDigits bounds the numbers of a range, so that all of them can be counted.
const maxDigits = 9

// expand resolves the names of a command; press-{01..20} stands for twenty,
// press-{a,b} for two.
func (a *arguments) expand() []word {
	all := a.everyName()
	if a.only == "" {
		return all
	}
	return slices.DeleteFunc(all, func(w word) bool { return w.text != a.only })
}

func (a *arguments) everyName() []word {
	if len(a.names) == 0 {
		a.fail(a.command, "a device's name after it, such as press-01 or press-{01..20}")
	}
	var all []word
	for _, w := range a.names {
		before, rest, isRange := strings.Cut(w.text, "{")
		if !isRange {
			all = append(all, w)
			continue
		}
		bounds, after, closed := strings.Cut(rest, "}")
		if closed && strings.Contains(bounds, ",") {
			for part := range strings.SplitSeq(bounds, ",") {
				all = append(all, word{before + part + after, w.column})
			}
			continue
		}
		low, high, hasDots := strings.Cut(bounds, "..")
		first, err1 := strconv.Atoi(low)
		last, err2 := strconv.Atoi(high)
		tooLong := len(low) > maxDigits || len(high) > maxDigits
		if !closed || !hasDots || err1 != nil || err2 != nil || tooLong || first < 0 || last < first || last-first >= 1000 {
			a.fail(w, "a range of names such as press-{01..20}, of at most 1000 and with numbers of at most 9 digits, or a list such as press-{a,b}")
			return nil
		}
		for n := first; n <= last; n++ {
			all = append(all, word{fmt.Sprintf("%s%0*d%s", before, len(low), n, after), w.column})
		}
	}
	return all
}
