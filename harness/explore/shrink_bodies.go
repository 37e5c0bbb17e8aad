package explore

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"example.com/edge-device-operator/harness/scenario/syntax"
)

// smallerBodies drops fields from what stands under commands, and writes it with a line
// for each field at the top.
func (s *shrinker) smallerBodies(c candidate) candidate {
	for _, at := range c.all() {
		one := c.at(at)
		var fields map[string]any
		if len(one.Body) == 0 || yaml.Unmarshal([]byte(one.Under()), &fields) != nil {
			continue
		}
		if c, _ = s.try(c.with(at, one.under(fields)), c); one.name() == "expect" {
			continue // one field is expected, or none
		}
		for n := 0; ; n++ {
			paths := pathsOf(fields, nil)
			if n >= len(paths) {
				break
			}
			fewer := dropped(fields, paths[n])
			var ok bool
			if c, ok = s.try(c.with(at, one.under(fewer)), c); ok {
				fields = fewer
				n--
			}
		}
	}
	return c
}

// fewLines is how many lines a file should have at most.
const fewLines = 12

// shortenFile writes what stands under commands on one line each, the longest first,
// until the file has few lines.
func (s *shrinker) shortenFile(c candidate) candidate {
	lines := func() int { return strings.Count(s.title()+c.withActions().text(c.faults()), "\n") }
	all := c.all()
	slices.SortStableFunc(all, func(a, b place) int { return len(c.at(b).Body) - len(c.at(a).Body) })
	for _, at := range all {
		one := c.at(at)
		var fields map[string]any
		if lines() <= fewLines || len(one.Body) < 2 || yaml.Unmarshal([]byte(one.Under()), &fields) != nil {
			continue
		}
		one.Body = []syntax.Line{{Text: "| " + flow(fields)}}
		c, _ = s.try(c.with(at, one), c)
	}
	return c
}

// pathsOf are the paths to all fields, an outer one before those in it.
func pathsOf(fields map[string]any, path []string) (all [][]string) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		here := append(slices.Clone(path), key)
		all = append(all, here)
		if inner, isMap := fields[key].(map[string]any); isMap {
			all = append(all, pathsOf(inner, here)...)
		}
	}
	return all
}

// dropped are fields without the one at a path.
func dropped(fields map[string]any, path []string) map[string]any {
	fields = maps.Clone(fields)
	if len(path) == 1 {
		delete(fields, path[0])
	} else {
		fields[path[0]] = dropped(fields[path[0]].(map[string]any), path[1:])
	}
	return fields
}

// under is a command with fields under it.
func (c command) under(fields map[string]any) command {
	c.Body = nil
	for _, key := range keys(fields) {
		c.Body = append(c.Body, syntax.Line{Text: fmt.Sprintf("| %s: %s", scalar(key), flow(fields[key]))})
	}
	return c
}

// keys are sorted, those first that say what an object is.
func keys(fields map[string]any) []string {
	all := slices.Sorted(maps.Keys(fields))
	rank := func(key string) int {
		if n := slices.Index([]string{"apiVersion", "kind", "name", "metadata"}, key); n >= 0 {
			return n
		}
		return 4
	}
	slices.SortStableFunc(all, func(a, b string) int { return rank(a) - rank(b) })
	return all
}

// flow is a value in YAML on one line.
func flow(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var all []string
		for _, key := range keys(v) {
			all = append(all, scalar(key)+": "+flow(v[key]))
		}
		return "{" + strings.Join(all, ", ") + "}"
	case []any:
		var all []string
		for _, element := range v {
			all = append(all, flow(element))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case string:
		return scalar(v)
	}
	return inJSON(v)
}

// plain matches strings that need no quotes wherever they stand, unless they are read
// as something else.
var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9./_-]*$`)

// scalar is a string in YAML.
func scalar(text string) string {
	var read any
	if plain.MatchString(text) && yaml.Unmarshal([]byte(text), &read) == nil && read == text {
		return text
	}
	return inJSON(text)
}

func inJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error() // of what came from YAML, nothing is left that fails
	}
	return string(text)
}
