package invariant

import (
	"fmt"
	"slices"

	"example.com/edge-device-operator/operator/rollout"
)

// Versioned is the invariant that is called optimistic concurrency: nothing is
// written over what its writer has not seen.
type Versioned struct{}

// Promise says it in one sentence.
func (Versioned) Promise() string {
	return "every status write names the resourceVersion of the copy that was acted on: one that was stored when its reconcile began, and from which the write is a transition, only tells of trouble, or replaces a lastTransitionTime that is ahead of the clock; or that its reconcile read, of an object that is being deleted, to say so"
}

// Check compares each write with the version that it names.
func (Versioned) Check(e Evidence) *Breach {
	uid := e.Versions[0].Object.UID
	for _, t := range e.turns() {
		for _, o := range t {
			if o.Kind != Write || o.Number == 0 || !e.isCurrent(o.Began) {
				continue
			}
			if o.Sent != nil && o.Sent.UID != uid && o.From != "" && e.named(o.From) == nil {
				continue // of a copy of the object of that name before
			}
			if expected, found := e.copied(t, o); found != "" {
				return breach(o.Began, expected, fmt.Sprintf("%s %s", o, found))
			}
		}
	}
	return nil
}

// copied says what version a write of a reconcile is to name, and what it does
// instead, nothing where all is well.
func (e Evidence) copied(t turn, write Operation) (expected, found string) {
	named := e.named(write.From)
	deleting := named != nil && named.Object.DeletionTimestamp != nil && saysDeleting(write.Sent) && !saysDeleting(named.Object)
	switch {
	case write.From == "":
		return "a resourceVersion, that of the copy which was acted on", "names none"
	case named == nil:
		return "a resourceVersion that the API server gave to the object", "names another"
	case !named.before(t[0]) && !(deleting && t.read(write.From)):
		return fmt.Sprintf("a resourceVersion that was stored before %s", t[0]), fmt.Sprintf("names that of %s, which came later", describe(positionOf(named.Object)))
	case write.Sent == nil:
		return "", ""
	}
	from, to := positionOf(named.Object), positionOf(write.Sent)
	switch {
	case write.Sent.UID != named.Object.UID:
		return "a copy of the object whose resourceVersion is named", "is of a copy of the object of that name before"
	case write.Sent.Generation != named.Object.Generation:
		return fmt.Sprintf("a copy of generation %d, of which the resourceVersion named is", named.Object.Generation), fmt.Sprintf("is of a copy of generation %d", write.Sent.Generation)
	case tells(named.Object, write.Sent):
	case from == to && (deleting || named.Object.Status.LastTransitionTime.After(write.Began)):
	case !rollout.Allowed(from, to), !rollout.Less(from, to):
		return fmt.Sprintf("%s → %s, since the resourceVersion named is that of the former", describe(from), following(from, to)), "is of " + describe(to)
	}
	return "", ""
}

// read says whether a reconcile read a version past the cache.
func (t turn) read(resourceVersion string) bool {
	return slices.ContainsFunc(t, func(o Operation) bool { return o.Read != nil && o.Read.ResourceVersion == resourceVersion })
}

// named is the version of a resourceVersion, nil where there is none.
func (e Evidence) named(resourceVersion string) *Version {
	for n := range e.Versions {
		if e.Versions[n].Object.ResourceVersion == resourceVersion {
			return &e.Versions[n]
		}
	}
	return nil
}
