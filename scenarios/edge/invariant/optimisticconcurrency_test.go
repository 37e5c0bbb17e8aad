package invariant

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestOptimisticConcurrency(t *testing.T) {
	// as sets a version's resourceVersion.
	as := func(resourceVersion string, v Version) Version {
		v.Object.ResourceVersion = resourceVersion
		return v
	}
	versions := []Version{
		as("10", created(0)), as("11", stored(0, 1, v1.Pending, 0).by(1)), as("12", stored(0, 1, v1.Transferring, 1).by(2)),
		as("13", stored(20, 1, v1.Rebooting, 1).by(10)), as("14", stored(40, 1, v1.Verifying, 1).by(30)),
	}
	// writes is request 12, after the observation in requests 8 and 9: a write of a
	// status with a resourceVersion.
	writes := func(from string, generation int64, to v1.Phase) func(*Evidence) {
		o := made(12, 6, 20, Write)
		o.From, o.Sent = from, stored(20, 1, to, 1).Object
		o.Sent.Generation = generation
		return known(observes(8, 6, 20), o)
	}
	held := as("15", versions[3].deleted(7))
	versions = append(versions, held, as("16", held.said(7)))
	// says is also request 12: it reports the deletion with a resourceVersion, and its
	// reconcile began at some second.
	says := func(from string, began int) func(*Evidence) {
		o := made(12, 6, 20, Write)
		o.From, o.Sent = from, held.said(20).Object
		return known(observes(8, 6, began-2), made(11, 6, 20, Read), o)
	}
	patches := func(from string) func(*Evidence) {
		return and(writes(from, 1, v1.Rebooting), func(e *Evidence) { e.Operations[2].Sent = nil })
	}
	for _, r := range []row{
		{name: "the copy that was acted on", more: writes("12", 1, v1.Rebooting)},
		{name: "the same, but for what is told", more: and(writes("12", 1, v1.Rebooting), func(e *Evidence) { e.Operations[2].Sent = versions[2].reports(20, "x", "").Object })},
		{name: "what is told, and lastTransitionTime", more: and(writes("12", 1, v1.Rebooting), func(e *Evidence) {
			e.Operations[2].Sent = stored(20, 1, v1.Transferring, 1).reports(20, "x", "").Object
		}), at: 20, found: "request #12 (write) is of Transferring (generation 1, attempt 1)"},
		{name: "what is told, and lastError", more: and(writes("12", 1, v1.Rebooting), func(e *Evidence) {
			e.Operations[2].Sent = versions[2].reports(20, "x", "").Object
			e.Operations[2].Sent.Status.LastError = "x"
		}), at: 20, found: "request #12 (write) is of Transferring (generation 1, attempt 1)"},
		{name: "a copy that is old, and a transition from there", more: writes("11", 1, v1.Transferring)},
		{name: "a patch of the copy that was acted on", more: patches("12")},
		{name: "a write without a resourceVersion", more: writes("", 1, v1.Rebooting),
			at: 20, expected: "the resourceVersion of the copy that the write is based on", found: "request #12 (write) names none"},
		{name: "a patch without a resourceVersion", more: patches(""), at: 20, found: "request #12 (write) names none"},
		{name: "a resourceVersion that is made up", more: writes("99", 1, v1.Rebooting),
			at: 20, expected: "a resourceVersion that the API server gave to the object", found: "request #12 (write) names another"},
		{name: "the newest resourceVersion", more: writes("13", 1, v1.Verifying),
			at: 20, expected: "a resourceVersion that was stored before request #8 (health)", found: "request #12 (write) names that of Rebooting (generation 1, attempt 1), which came later"},
		{name: "a resourceVersion of later", more: writes("14", 1, v1.Verifying), at: 20, found: "request #12 (write) names that of Verifying"},
		{name: "another copy's resourceVersion", more: writes("12", 1, v1.Transferring),
			at: 20, expected: "Transferring (generation 1, attempt 1) → Pending or Rebooting or Verifying or Failed (generation 1, attempt 1), since the resourceVersion is that of the former",
			found: "request #12 (write) is of Transferring (generation 1, attempt 1)"},
		{name: "a step that is none of the table", more: writes("12", 1, v1.Succeeded), at: 20, found: "request #12 (write) is of Succeeded (generation 1, attempt 1)"},
		{name: "another generation's resourceVersion", more: writes("12", 2, v1.Rebooting),
			at: 20, expected: "a copy of generation 1, as the resourceVersion says", found: "request #12 (write) is of a copy of generation 2"},
		{name: "a copy of the object of that name before", more: and(writes("7", 1, v1.Rebooting), func(e *Evidence) { e.Operations[2].Sent.UID = "another" })},
		{name: "such a copy with this object's resourceVersion", more: and(writes("12", 1, v1.Rebooting), func(e *Evidence) { e.Operations[2].Sent.UID = "another" }),
			at: 20, expected: "a copy of the object whose resourceVersion is named", found: "request #12 (write) is of a copy of an earlier object with that name"},
		{name: "a write once the object is deleted", more: and(writes("", 1, v1.Rebooting), func(e *Evidence) { e.Deleted = second(20) })},
		{name: "a time that was ahead", more: and(writes("12", 1, v1.Transferring), func(e *Evidence) {
			e.Versions = append([]Version{}, e.Versions...)
			e.Versions[2] = as("12", stored(30, 1, v1.Transferring, 1).by(2))
		})},
		{name: "the word that it is being deleted", more: says("15", 20)},
		{name: "a word that was said", more: says("16", 20), at: 20, found: "request #12 (write) is of Rebooting"},
		{name: "a word on what was read meanwhile", more: and(says("15", 8), func(e *Evidence) { e.Operations[2].Read = held.Object })},
		{name: "a word on what nobody read", more: says("15", 8), at: 20, expected: "a resourceVersion that was stored before request #8 (health)", found: "which came later"},
		{name: "a repeat that is no such word", more: and(says("15", 20), func(e *Evidence) { e.Operations[3].Sent = held.Object }), at: 20, found: "is of Rebooting"},
	} {
		r.versions = versions
		r.check(t, OptimisticConcurrency{})
	}
}
