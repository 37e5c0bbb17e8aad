// Package syntaxtest holds a language of scenario files to what it says of
// mistakes.
package syntaxtest

import (
	"errors"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/scenario/syntax"
)

// Mistake is a text with one mistake in it.
type Mistake struct {
	// Text is the file's.
	Text string
	// At is line:column, Word what stands there, and Expected a part of what
	// should.
	At, Word, Expected string
}

// Check parses the text, and fails the test unless the mistake is told at its place,
// in one plain line. The parser says whether there is a file to be run all the same.
func (m Mistake) Check(t *testing.T, parse func(path, text string) (parsed bool, err error)) {
	t.Helper()
	parsed, err := parse("scenarios/story.txt", m.Text)
	var mistake *syntax.Error
	if !errors.As(err, &mistake) {
		t.Fatalf("no mistake was found: %v", err)
	}
	if parsed {
		t.Error("there is a file to be run all the same")
	}
	if mistake.Word != m.Word {
		t.Errorf("the word is %q, want %q", mistake.Word, m.Word)
	}
	if !strings.HasPrefix(err.Error(), "scenarios/story.txt:"+m.At+": ") {
		t.Errorf("want it at %s, with the word and what was expected:\n%v", m.At, err)
	}
	if !strings.Contains(mistake.Expected, m.Expected) {
		t.Errorf("want %q expected:\n%v", m.Expected, err)
	}
	if n := strings.Count(err.Error(), "expected"); n != 1 || strings.Contains(err.Error(), "\n") {
		t.Errorf("not one plain line:\n%v", err)
	}
}
