package explore

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/world"
)

// difference is what to expect of the end of a run that ended otherwise than another
// one, nil if it didn't: the first object that isn't there, or that is there in vain, or
// the first field.
func difference(want, have []world.Ending) []syntax.Line {
	wanted, there := byName(want), byName(have)
	for _, e := range slices.Concat(want, have) {
		if n := len(wanted[e.String()]); n != len(there[e.String()]) {
			return expect(e, times(e, n), nil)
		}
	}
	for _, e := range want {
		all, others := wanted[e.String()], there[e.String()]
		for n := range all {
			if fields := differing(all[n].Fields, others[n].Fields); fields != nil {
				if n := having(all, fields); n != having(others, fields) {
					return expect(e, times(e, n), fields)
				}
			}
		}
	}
	return nil
}

// times says how many objects of a name are expected. Of those whose name is no made-up
// one there is one, or none.
func times(e world.Ending, n int) string {
	switch {
	case n == 0:
		return " absent"
	case strings.Contains(e.Name, "*"):
		return fmt.Sprintf(" count=%d", n)
	}
	return ""
}

// having is how many have at least these fields.
func having(all []world.Ending, fields map[string]any) (n int) {
	for _, e := range all {
		if e.Has(fields) {
			n++
		}
	}
	return n
}

func byName(all []world.Ending) map[string][]world.Ending {
	named := map[string][]world.Ending{}
	for _, e := range all {
		named[e.String()] = append(named[e.String()], e)
	}
	return named
}

// differing is the first of the wanted fields that isn't there so, nil if all are.
func differing(want, have map[string]any) map[string]any {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		inner, isMap := want[key].(map[string]any)
		if other, both := have[key].(map[string]any); isMap && both {
			if d := differing(inner, other); d != nil {
				return map[string]any{key: d}
			}
			continue
		}
		if !same(want[key], have[key]) {
			return map[string]any{key: want[key]}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if _, wanted := want[key]; !wanted {
			return map[string]any{key: nil}
		}
	}
	return nil
}

func same(a, b any) bool {
	x, errX := yaml.Marshal(a)
	y, errY := yaml.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// expect is the command that expects an object.
func expect(e world.Ending, times string, fields map[string]any) []syntax.Line {
	kind := strings.ToLower(e.Kind.Kind)
	if e.Kind.Group != "" {
		kind += "." + e.Kind.Group
	}
	line := syntax.Line{Text: "expect " + kind + "/" + e.Name + times}
	if fields != nil {
		text, err := yaml.Marshal(fields)
		if err != nil {
			text = []byte("# " + err.Error()) // of what came from JSON, nothing is left that fails
		}
		for under := range strings.Lines(string(text)) {
			line.Body = append(line.Body, syntax.Line{Text: "| " + strings.TrimSuffix(under, "\n")})
		}
	}
	return []syntax.Line{line}
}
