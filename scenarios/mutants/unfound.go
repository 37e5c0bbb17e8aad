package mutants

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// unfoundFile lists the mutants of rules that nothing finds, or nothing but a trace or a
// unit test, each with a reason:
//
//	FILE: WHAT (N) # REASON
//
// N counts those of one file with the same text, from 1; without it, all of them are meant.
// A reason that begins with "open:" says what is missing. Any other says why nobody could
// see a difference.
//
//go:embed unfound.txt
var unfoundFile string

// Unfound is a mutant that is known to be found by nothing in a world.
type Unfound struct {
	// Key identifies it: its file and its text.
	Key string
	// Reason says why.
	Reason string
}

// Open says that it should be found, and isn't.
func (u Unfound) Open() bool { return strings.HasPrefix(u.Reason, "open:") }

// ParseUnfound reads such a list. The error names it and the line.
func ParseUnfound(name, text string) (all []Unfound, err error) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndex(line, " # ")
		if at < 0 {
			return nil, fmt.Errorf("%s:%d: no reason: expected FILE: WHAT # REASON", name, n)
		}
		u := Unfound{strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+3:])}
		if slices.ContainsFunc(all, func(o Unfound) bool { return o.Key == u.Key }) {
			return nil, fmt.Errorf("%s:%d: %s is there twice", name, n, u.Key)
		}
		all = append(all, u)
	}
	return all, nil
}
