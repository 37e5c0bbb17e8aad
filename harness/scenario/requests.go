package scenario

import (
	"slices"
	"strconv"
	"strings"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario/syntax"
)

// RequestIn splits a word that ends with a request's name, such as before=web#3.
func RequestIn(word string) (before string, op process.Operation, ok bool) {
	value := word
	if key, after, isPair := strings.Cut(word, "="); isPair {
		before, value = key+"=", after
	}
	at := strings.LastIndex(value, "#")
	if at < 1 {
		return "", op, false
	}
	n, err := strconv.Atoi(value[at+1:])
	return before, process.Operation{Object: value[:at], Number: n}, err == nil
}

// RequestsIn are the requests that a file's commands name, some perhaps twice.
func RequestsIn(tree *syntax.File) (all []process.Operation) {
	for _, b := range tree.Blocks {
		for _, l := range b.Lines {
			all = append(all, requestsIn(l)...)
		}
	}
	return all
}

func requestsIn(l syntax.Line) (all []process.Operation) {
	for _, w := range l.Words {
		if _, op, ok := RequestIn(w.Text); ok {
			all = append(all, op)
		}
	}
	return all
}

// WaitsForRequest says whether a command is a kill or a stop that waits for its request.
func WaitsForRequest(l syntax.Line) bool {
	if len(l.Words) == 0 || l.Words[0].Text != "kill" && l.Words[0].Text != "stop" {
		return false
	}
	has := func(key string) bool {
		return slices.ContainsFunc(l.Words, func(w syntax.Word) bool { return strings.HasPrefix(w.Text, key) })
	}
	return (has("before=") || has("after=") || has("at=")) && !has("restart=")
}

// PlaceBefore is where among some lines a command has to stand that is to come before one of
// them. A kill or stop that waits for its request is armed before the command above it.
func PlaceBefore(lines []syntax.Line, at int) int {
	for WaitsForRequest(lines[at]) {
		above := at - 1
		for above >= 0 && len(lines[above].Words) == 0 {
			above--
		}
		if above < 0 {
			return at // armed before all of its block
		}
		at = above
	}
	return at
}
