package explore

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// What an operator makes for an object that is deleted is to be gone with it, unless the
// operator means to keep it. Nobody says whether it does; so a kind counts if such
// objects are gone at the end of a scenario without a fault. A run of such a scenario with
// a fault is compared with that one in any case, and what is left behind here is looked
// for in random worlds.

// made is an object that a controller has made.
type made struct {
	kind schema.GroupKind
	name string
}

// leftOf are the objects that controllers have made in a run for others that are gone in
// its end: those that are still there, and the kinds of those that are not.
func leftOf(r scenario.Result) (orphans []world.Ending, cleaned []schema.GroupKind) {
	if len(r.Rests) == 0 {
		return nil, nil
	}
	ends := r.Rests[len(r.Rests)-1].Ends
	makers := map[made][]trace.Work{}
	var order []made
	written := map[string][]made{} // by name
	for _, e := range r.Events {
		if e.Kind != trace.Write || e.Result.Status/100 != 2 || e.Object.Namespace != trace.OwnNamespace || e.Object.Subresource != "" {
			continue
		}
		o := made{schema.GroupKind{Group: e.Object.Group, Kind: e.Object.Kind}, e.Object.Name}
		written[o.name] = append(written[o.name], o)
		if e.Actor.Role == trace.Controller && e.Result.Status == 201 && e.Work.Name != "" {
			if makers[o] == nil {
				order = append(order, o)
			}
			makers[o] = append(makers[o], e.Work)
		}
	}
	// An object is there for a work if it has the key's name, and the work has not made it.
	isFor := func(w trace.Work, o made) bool { return o.name == w.Name && !slices.Contains(makers[o], w) }
	gone := func(w trace.Work) bool {
		return w.Namespace == trace.OwnNamespace &&
			slices.ContainsFunc(written[w.Name], func(o made) bool { return isFor(w, o) }) &&
			!slices.ContainsFunc(ends, func(e world.Ending) bool { return isFor(w, made{e.Kind, e.Name}) })
	}
	for _, o := range order {
		if slices.ContainsFunc(makers[o], func(w trace.Work) bool { return !gone(w) }) {
			continue
		}
		at := slices.IndexFunc(ends, func(e world.Ending) bool { return e.Kind == o.kind && e.Name == o.name })
		if at < 0 {
			cleaned = append(cleaned, o.kind)
			continue
		}
		orphans = append(orphans, ends[at])
	}
	return orphans, cleaned
}

// cleanedUp are the kinds of objects that an operator takes along without a fault: in no
// scenario is one left behind, and in one at least one is gone.
func cleanedUp(recordings []*recording) (kinds []schema.GroupKind) {
	var kept []schema.GroupKind
	for _, r := range recordings {
		orphans, cleaned := leftOf(r.result)
		kinds = append(kinds, cleaned...)
		for _, o := range orphans {
			kept = append(kept, o.Kind)
		}
	}
	return slices.DeleteFunc(kinds, func(k schema.GroupKind) bool { return slices.Contains(kept, k) })
}

// expectingNone is a scenario that expects of an object in its end that it is gone; empty
// if nothing is left behind.
func expectingNone(text string, r scenario.Result, cleaned []schema.GroupKind) string {
	orphans, _ := leftOf(r)
	at := slices.IndexFunc(orphans, func(o world.Ending) bool { return slices.Contains(cleaned, o.Kind) })
	if at < 0 {
		return ""
	}
	lines := syntax.Block{Lines: expect(orphans[at], " absent", nil)}
	return strings.TrimSuffix(text, "----\n") + lines.Commands() + "----\n"
}
