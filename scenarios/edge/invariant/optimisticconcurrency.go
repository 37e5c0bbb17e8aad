package invariant

import (
	"fmt"
	"slices"

	"example.com/edge-device-operator/operator/transition"
)

// OptimisticConcurrency is the invariant that no write overwrites a version that its
// writer has not seen.
type OptimisticConcurrency struct{}

// Promise is the invariant in one sentence.
func (OptimisticConcurrency) Promise() string {
	return "every status write names the resourceVersion of the copy that it is based on: one that was stored when its reconcile began, and from which the write is a transition, a report, or replaces a lastTransitionTime that is ahead of the clock; or one that the reconcile read of an object that is being deleted, to say so"
}

// Check compares each write with the version that it names.
func (OptimisticConcurrency) Check(e Evidence) *Breach {
	uid := e.Versions[0].Object.UID
	for _, r := range e.reconciles() {
		for _, o := range r {
			if o.Kind != Write || o.Number == 0 || !e.isCurrent(o.Began) {
				continue
			}
			if o.Sent != nil && o.Sent.UID != uid && o.From != "" && e.named(o.From) == nil {
				continue // a copy of an earlier object with that name
			}
			if expected, found := e.copied(r, o); found != "" {
				return breach(o.Began, expected, fmt.Sprintf("%s %s", o, found))
			}
		}
	}
	return nil
}

// copied returns what version a write has to name and what it does instead; found is
// empty if the write is right.
func (e Evidence) copied(r reconcile, write Operation) (expected, found string) {
	named := e.named(write.From)
	deleting := named != nil && named.Object.DeletionTimestamp != nil && saysDeleting(write.Sent) && !saysDeleting(named.Object)
	switch {
	case write.From == "":
		return "the resourceVersion of the copy that the write is based on", "names none"
	case named == nil:
		return "a resourceVersion that the API server gave to the object", "names another"
	case !named.before(r[0]) && !(deleting && r.read(write.From)):
		return fmt.Sprintf("a resourceVersion that was stored before %s", r[0]), fmt.Sprintf("names that of %s, which came later", describe(positionOf(named.Object)))
	case write.Sent == nil:
		return "", ""
	}
	from, to := positionOf(named.Object), positionOf(write.Sent)
	switch {
	case write.Sent.UID != named.Object.UID:
		return "a copy of the object whose resourceVersion is named", "is of a copy of an earlier object with that name"
	case write.Sent.Generation != named.Object.Generation:
		return fmt.Sprintf("a copy of generation %d, as the resourceVersion says", named.Object.Generation), fmt.Sprintf("is of a copy of generation %d", write.Sent.Generation)
	case isReport(named.Object, write.Sent):
	case from == to && (deleting || named.Object.Status.LastTransitionTime.After(write.Began)):
	case !transition.Allowed(from, to), !transition.Less(from, to):
		return fmt.Sprintf("%s → %s, since the resourceVersion is that of the former", describe(from), following(from, to)), "is of " + describe(to)
	}
	return "", ""
}

// read says whether a reconcile read a version past the cache.
func (r reconcile) read(resourceVersion string) bool {
	return slices.ContainsFunc(r, func(o Operation) bool { return o.Read != nil && o.Read.ResourceVersion == resourceVersion })
}

// named returns the version with a resourceVersion, nil if there is none.
func (e Evidence) named(resourceVersion string) *Version {
	for n := range e.Versions {
		if e.Versions[n].Object.ResourceVersion == resourceVersion {
			return &e.Versions[n]
		}
	}
	return nil
}
