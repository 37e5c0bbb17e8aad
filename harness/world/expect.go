package world

import (
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"example.com/edge-device-operator/harness/invariant"
)

// Expected is the promise that Expect holds the world to.
const Expected = "What is there is what is expected."

// Expect holds the world to an object: that it isn't there, or that it is, and has at
// least these fields, as Ends has them. The error is a *ViolationError where that
// isn't so.
func (w *World) Expect(kind schema.GroupKind, name string, absent bool, fields map[string]any) error {
	if !slices.ContainsFunc(w.operator.Kinds, func(k schema.GroupVersionKind) bool { return k.GroupKind() == kind }) {
		return fmt.Errorf("what becomes of each %s isn't known here: the operator's Kinds don't have it", kind.Kind)
	}
	all, err := w.Ends()
	if err != nil {
		return err
	}
	what := Ending{Kind: kind, Name: name}.String()
	n := slices.IndexFunc(all, func(e Ending) bool { return e.Kind == kind && e.Name == name })
	switch {
	case n < 0 && !absent:
		return w.unexpected(name, what, "none")
	case n < 0:
		return nil
	case absent:
		return w.unexpected(name, "no "+what, "one")
	}
	if expected, found := unlike(fields, all[n].Fields, what); expected != "" {
		return w.unexpected(name, expected, found)
	}
	return nil
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
