package explore

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/world"
)

// Group are violations with one cause, as far as anybody can tell from outside: they
// break the same promise for the same kind of object, and the same is left of their
// faults when they are shrunk.
type Group struct {
	// Promise is what they break, and Kind the kind of object, empty if it isn't known.
	Promise, Kind string
	// Shape is what goes wrong, whatever the object is called: "refused: update
	// ConfigMap NAME".
	Shape string
	// Of are the places of its violations in Report.Violations.
	Of []int
	// Example is the one of them that is told of, and Shrunk what it was shrunk to.
	Example int
	Shrunk  Shrunk
	// Unshrunk says why none could be shrunk; empty if one was.
	Unshrunk string
}

// key is what the violations of a group have in common.
type key struct{ promise, kind, shape string }

// mostAlike is how many violations without a fault of explore's own are looked at, of
// those that break the same promise: what caused each is only known once it is shrunk.
const mostAlike = 5

// grouped are violations by what breaks them, as they were found.
func grouped(all []Violation) (groups []Group) {
	alike := map[key]int{}
	for n, v := range all {
		g := Group{Promise: v.Promise, Kind: v.Kind, Shape: shape(v.Faults), Of: []int{n}, Example: n, Unshrunk: "not tried"}
		at := slices.IndexFunc(groups, func(other Group) bool { return other.key() == g.key() })
		if len(v.Faults) == 0 && alike[g.key()] < mostAlike {
			alike[g.key()]++
			at = -1
		}
		if at < 0 {
			groups = append(groups, g)
			continue
		}
		groups[at].Of = append(groups[at].Of, n)
	}
	return groups
}

// shrinkAll shrinks one violation of each group, and makes one group of those that come
// to the same.
func (x *exploration) shrinkAll(ctx context.Context) error {
	var causes []Group
	done := 0
	err := inOrder(ctx, x.Width, x.report.Groups, func(ctx context.Context, g Group) Group {
		return x.shrinkGroup(ctx, g)
	}, func(_ int, g Group) {
		causes = join(causes, g)
		if done++; x.Shrinking != nil {
			x.Shrinking(done, len(x.report.Groups))
		}
	})
	x.report.Groups = append(causes, x.report.Groups[done:]...) // the rest, if it was interrupted, as it was found
	return err
}

func (g Group) key() key { return key{g.Promise, g.Kind, g.Shape} }

// shrinkGroup shrinks the first violation of a group, which is the most telling.
func (x *exploration) shrinkGroup(ctx context.Context, g Group) Group {
	v := x.report.Violations[g.Example]
	if v.Promise == Hangs {
		g.Unshrunk = "each run would take as long as the world is waited for"
		return g
	}
	var err error
	if g.Shrunk, err = x.shrink(ctx, v); err != nil {
		g.Unshrunk = err.Error()
		return g
	}
	g.Shape, g.Unshrunk = shape(g.Shrunk.Faults), ""
	return g
}

// join adds a group to others: to the one of the same cause, if there is one.
func join(all []Group, g Group) []Group {
	at := slices.IndexFunc(all, func(other Group) bool { return other.key() == g.key() && (other.Unshrunk == "") == (g.Unshrunk == "") })
	if at < 0 {
		return append(all, g)
	}
	all[at].Of = append(all[at].Of, g.Of...)
	slices.Sort(all[at].Of)
	if g.Unshrunk == "" && strings.Count(g.Shrunk.File, "\n") < strings.Count(all[at].Shrunk.File, "\n") {
		all[at].Example, all[at].Shrunk = g.Example, g.Shrunk
	}
	return all
}

// shape is what goes wrong, whatever the object is called.
func shape(faults []Fault) string {
	var all []string
	for _, f := range faults {
		op, what, _ := strings.Cut(f.What, " ")
		at := strings.LastIndex(op, "#")
		if at < 0 {
			all = append(all, f.Command)
			continue
		}
		object := op[strings.LastIndexAny(op[:at], "/:")+1 : at]
		what = regexp.MustCompile(`\b`+regexp.QuoteMeta(object)+`\b`).ReplaceAllLiteralString(what, "NAME")
		all = append(all, fmt.Sprintf("%s: %s", f.Kind, what))
	}
	if len(all) == 0 {
		return "no fault"
	}
	return strings.Join(all, "; ")
}

// kindOf is the kind of the object for which an outcome breaks a promise: that which is
// expected, or else the first of that name that was read or written.
func kindOf(o outcome) string {
	if o.Violation.Promise == world.Expected {
		kind, _, _ := strings.Cut(strings.TrimPrefix(o.Violation.Expected, "no "), " ")
		return kind
	}
	for _, e := range o.result.Events {
		if e.Object.Kind != "" && e.Object.Name == o.Violation.Object {
			return e.Object.Kind
		}
	}
	return ""
}
