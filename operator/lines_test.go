// Package operator holds no code of its own. Its test keeps the operator as
// short as a reader was promised.
package operator

import (
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheOperatorStaysShort counts lines of code: those that hold more than a
// comment. The reconciler reads in five minutes, and what it rests on too.
func TestTheOperatorStaysShort(t *testing.T) {
	for _, part := range []struct {
		name  string
		files []string
		most  int
	}{
		{"the reconciler", []string{"controller/*.go"}, 375},
		{"the state machine", []string{"rollout/decide.go", "rollout/rollout.go"}, 250},
		{"its table of transitions and what it sees", []string{"transition/transition.go", "rollout/observation.go", "rollout/deviceerror.go"}, 200},
		{"the device client", []string{"device/client.go"}, 200},
		{"what it believes of an answer", []string{"device/decode.go"}, 200},
	} {
		lines := 0
		for _, pattern := range part.files {
			files, err := filepath.Glob(pattern)
			if err != nil || len(files) == 0 {
				t.Fatalf("%s: no %s: %v", part.name, pattern, err)
			}
			for _, file := range files {
				if !strings.HasSuffix(file, "_test.go") {
					lines += codeLines(t, file)
				}
			}
		}
		if lines > part.most {
			t.Errorf("%s has %d lines of code, more than %d", part.name, lines, part.most)
		}
		t.Logf("%s: %d lines of code", part.name, lines)
	}
}

// codeLines counts the lines of a file on which there is a token other than a
// comment.
func codeLines(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	f := set.AddFile(file, -1, len(text))
	var s scanner.Scanner
	s.Init(f, text, nil, 0)
	lines := map[int]bool{}
	for {
		at, kind, literal := s.Scan()
		if kind == token.EOF {
			return len(lines)
		}
		if kind == token.SEMICOLON && literal == "\n" {
			continue // the scanner's own
		}
		for n := range 1 + strings.Count(literal, "\n") {
			lines[set.Position(at).Line+n] = true
		}
	}
}
