package invariant

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestNeverInvalid(t *testing.T) {
	versions := []Version{created(0), stored(0, 1, v1.Pending, 0).by(1), stored(0, 1, v1.Transferring, 1).by(2)}
	const early = "status: Invalid value: Failed is reached only when spec.retryPolicy.maxAttempts is exhausted"
	answered := func(at, status int, invalid string) func(*Evidence) {
		o := made(7, 4, at, Write)
		o.Sent, o.Status, o.Invalid = stored(at, 1, v1.Failed, 1).Object, status, invalid
		return known(o)
	}
	for _, r := range []row{
		{name: "stored", more: answered(5, 200, "")},
		{name: "somebody else was first", more: answered(5, 409, "")},
		{name: "not served", more: answered(5, 500, "")},
		{name: "refused as invalid", more: answered(5, 422, early),
			at: 5, expected: "a write that the API server accepts after Transferring (generation 1, attempt 1)",
			found: "request #7 (write), of Failed (generation 1, attempt 1), is refused: " + early},
		{name: "a patch that is refused as invalid", more: and(answered(5, 422, early), func(e *Evidence) { e.Operations[0].Sent = nil }),
			at: 5, found: "request #7 (write) is refused: " + early},
		{name: "refused to the object of that name after", more: and(answered(5, 422, early), func(e *Evidence) { e.Deleted = second(4) })},
	} {
		r.versions = versions
		r.check(t, NeverInvalid{})
	}
}
