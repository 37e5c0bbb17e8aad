package world

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"example.com/edge-device-operator/harness/invariant"
)

// Expected is the promise that Expect holds the world to.
const Expected = "What is there is what is expected."

// Expect holds the world to objects of a name, as Ends has them: to so many that have at
// least these fields, or to one or more of them if count is negative. Only a made-up name
// is that of several. The error is a *ViolationError where that isn't so.
func (w *World) Expect(kind schema.GroupKind, name string, count int, fields map[string]any) error {
	if !slices.ContainsFunc(w.operator.Kinds, func(k schema.GroupVersionKind) bool { return k.GroupKind() == kind }) {
		return fmt.Errorf("what becomes of each %s isn't known here: the operator's Kinds don't have it", kind.Kind)
	}
	all, err := w.Ends()
	if err != nil {
		return err
	}
	what := Ending{Kind: kind, Name: name}.String()
	var named []Ending
	have, expected, found := 0, "", ""
	for _, e := range all {
		if e.Kind != kind || e.Name != name {
			continue
		}
		named = append(named, e)
		if want, is := unlike(fields, e.Fields, what); want != "" {
			expected, found = want, is
		} else {
			have++
		}
	}
	switch {
	case have == count, count < 0 && have > 0:
		return nil
	case len(named) == 0 && count <= 1:
		return w.unexpected(name, what, "none")
	case count == 0 && len(named) == 1:
		return w.unexpected(name, "no "+what, "one")
	case len(named) == 1 && count <= 1:
		return w.unexpected(name, expected, found)
	case count < 0:
		return w.unexpected(name, expected, fmt.Sprintf("%d, and none of them so", len(named)))
	}
	return w.unexpected(name, fmt.Sprintf("%d of %s", count, what), strconv.Itoa(have))
}

// Has says whether the object has at least these fields.
func (e Ending) Has(fields map[string]any) bool {
	want, _ := unlike(fields, e.Fields, "")
	return want == ""
}

func (w *World) unexpected(name, expected, found string) error {
	return w.Violated(invariant.Violation{Promise: Expected, Object: name, Breach: invariant.Breach{At: w.clock.Now(), Expected: expected, Found: found}})
}

// unlike returns the first field that isn't as expected, and what it is; empty if there
// is none.
func unlike(expected, found any, path string) (want, have string) {
	fields, isMap := expected.(map[string]any)
	if !isMap {
		if want, have = inJSON(expected), inJSON(found); want == have {
			return "", ""
		}
		return path + ": " + want, have
	}
	there, _ := found.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if want, have = unlike(fields[key], there[key], path+" "+key); want != "" {
			return want, have
		}
	}
	return "", ""
}
