package world

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/virtualtime"
)

// Reaction stands in for a controller that the control plane lacks, such as a kubelet,
// or that of Deployments. It belongs to the world: whichever of the operator's
// controllers are killed, it goes on.
type Reaction struct {
	// Name says in the trace who acts, such as kubelet.
	Name string
	// Kind is the kind of the objects that it looks at, one of the operator's Kinds.
	Kind schema.GroupVersionKind
	// When, if set, says whether an object, as it is, is one to react to; all are if it
	// is nil. It doesn't change the object.
	When func(client.Object) bool
	// After is how much virtual time passes from a change of an object, its creation
	// included, to React; with 0 it comes at the same instant. Changes meanwhile don't
	// put it off, but those after which the object is gone, or is none to react to, call
	// it off.
	After time.Duration
	// React does what the controller would do, by a client of the reaction's own, whose
	// writes are in the trace. It gets the object as it is by then, which is a copy. It
	// is called when nothing else is left to do at its instant, so that nobody else
	// writes meanwhile: any error, a conflict too, ends the run. What it writes to an
	// object of its Kind has it called again, so that it has to see whether there is
	// anything to do. now is the virtual time, and it can't wait for another.
	React func(ctx context.Context, c client.Client, o client.Object, now time.Time) error
}

// reaction is a Reaction in a world.
type reaction struct {
	Reaction
	clock   *virtualtime.Clock
	history *history
	client  client.Client
	names   *process.GeneratedNames
	changes int                  // of the history, that it has looked at
	seen    map[types.UID]string // the resourceVersion that it has looked at
	due     map[types.UID]*duty
}

// duty is an object that a reaction is to react to.
type duty struct {
	object client.Object // as it is
	at     time.Time
	forget func()
}

// addReaction puts a reaction into the world.
func (w *World) addReaction(r Reaction) error {
	at := slices.Index(w.operator.Kinds, r.Kind)
	if at < 0 {
		return fmt.Errorf("the reaction %s looks at %s, which is none of the operator's Kinds", r.Name, r.Kind.Kind)
	}
	c, err := w.clientOf(r.Name)
	if err != nil {
		return err
	}
	w.reactions = append(w.reactions, &reaction{
		Reaction: r, clock: w.clock, history: w.histories[at], client: c, names: w.generated, seen: map[types.UID]string{}, due: map[types.UID]*duty{},
	})
	return nil
}

// react has the reaction act that is first due, and says whether one was. Those of one
// time go in the operator's order, and for each in that of the objects' names as shown. It is
// called when nothing runs. While the API server is down, reactions are put off.
func (w *World) react(ctx context.Context) (bool, error) {
	if len(w.down) > 0 {
		return false, nil
	}
	var first *reaction
	var next *duty
	for _, r := range w.reactions {
		r.look()
		if d := r.next(); d != nil && (next == nil || d.at.Before(next.at)) {
			first, next = r, d
		}
	}
	if next == nil {
		return false, nil
	}
	delete(first.due, next.object.GetUID())
	if err := first.React(ctx, first.client, next.object.DeepCopyObject().(client.Object), w.clock.Now()); err != nil {
		return false, fmt.Errorf("the reaction %s to %s: %w", first.Name, next.object.GetName(), err)
	}
	return true, nil
}

// look notes what has changed.
func (r *reaction) look() {
	all, changes := r.history.present()
	if changes == r.changes {
		return
	}
	r.changes = changes
	here := map[types.UID]bool{}
	for _, v := range all {
		uid, version := v.Object.GetUID(), v.Object.GetResourceVersion()
		here[uid] = true
		if r.seen[uid] == version {
			continue
		}
		r.seen[uid] = version
		d := r.due[uid]
		switch reacts := r.When == nil || r.When(v.Object); {
		case !reacts && d != nil:
			r.drop(uid)
		case reacts && d != nil:
			d.object = v.Object
		case reacts:
			d := &duty{v.Object, v.At.Add(r.After), func() {}}
			if d.at.After(r.clock.Now()) {
				d.forget = r.clock.At(d.at, func() {}) // or else time would not stop there
			}
			r.due[uid] = d
		}
	}
	//determinism:ordered each is dropped on its own
	for uid := range r.seen {
		if !here[uid] {
			r.drop(uid)
			delete(r.seen, uid)
		}
	}
}

// drop calls off what was to be done about an object.
func (r *reaction) drop(uid types.UID) {
	if d := r.due[uid]; d != nil {
		d.forget()
		delete(r.due, uid)
	}
}

// next is what is due, the first first; nil if nothing is.
func (r *reaction) next() *duty {
	now := r.clock.Now()
	var next *duty
	//determinism:ordered the smallest of all
	for _, d := range r.due {
		if !d.at.After(now) && (next == nil || d.before(next, r.names)) {
			next = d
		}
	}
	return next
}

func (d *duty) before(other *duty, names *process.GeneratedNames) bool {
	return cmp.Or(d.at.Compare(other.at),
		strings.Compare(d.object.GetNamespace(), other.object.GetNamespace()),
		strings.Compare(names.Show(d.object.GetName()), names.Show(other.object.GetName()))) < 0
}
