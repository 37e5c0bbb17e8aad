package explore

import (
	"net/http"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// An orphan is an object that a controller has made for another one that was deleted since.
// Some operators keep such objects on purpose. So only those of a kind count that the
// operator removes in each scenario without a fault. Random worlds are searched for
// orphans; a scenario with a fault isn't, since its end is compared with the one without.

// made is an object that a controller has made.
type made struct {
	kind schema.GroupKind
	name string
}

// orphansIn looks at the objects that controllers have made in a run for others that are
// gone in its end. It returns those that are still there, and the kinds of those that were
// cleaned up.
func orphansIn(r scenario.Result) (orphans []world.Ending, cleaned []schema.GroupKind) {
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
		if e.Actor.Role == trace.Controller && e.Result.Status == http.StatusCreated && e.Work.Name != "" {
			if makers[o] == nil {
				order = append(order, o)
			}
			makers[o] = append(makers[o], e.Work)
		}
	}
	// What a work is for is taken to be the objects with its key's name that it hasn't made.
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

// cleanedUp are the kinds of objects of which an operator, without a fault, has cleaned one
// up in some scenario and left no orphan in any.
func cleanedUp(recordings []*recording) (kinds []schema.GroupKind) {
	var kept []schema.GroupKind
	for _, r := range recordings {
		orphans, cleaned := orphansIn(r.result)
		kinds = append(kinds, cleaned...)
		for _, o := range orphans {
			kept = append(kept, o.Kind)
		}
	}
	return slices.DeleteFunc(kinds, func(k schema.GroupKind) bool { return slices.Contains(kept, k) })
}

// expectingNone is a scenario that expects an orphan of one of these kinds to be gone in
// its end; empty if the run has left none.
func expectingNone(text string, r scenario.Result, cleaned []schema.GroupKind) string {
	orphans, _ := orphansIn(r)
	at := slices.IndexFunc(orphans, func(o world.Ending) bool { return slices.Contains(cleaned, o.Kind) })
	if at < 0 {
		return ""
	}
	lines := syntax.Block{Lines: expect(orphans[at], " absent", nil)}
	return strings.TrimSuffix(text, "----\n") + lines.Commands() + "----\n"
}
