package invariant

import "fmt"

// NeverInvalid is the invariant that the operator and the API server agree on which
// transitions are allowed. A stale copy is no excuse: the API server compares
// resourceVersions first, and answers with a conflict.
type NeverInvalid struct{}

// Promise is the invariant in one sentence.
func (NeverInvalid) Promise() string {
	return "the API server never refuses a status write as invalid"
}

// Check looks at the answer to each write.
func (NeverInvalid) Check(e Evidence) *Breach {
	for _, o := range e.Operations {
		if o.Kind != Write || o.Invalid == "" || !e.isCurrent(o.Began) {
			continue
		}
		what := o.String()
		if o.Sent != nil {
			what += ", of " + describe(positionOf(o.Sent)) + ","
		}
		return breach(o.Began, "a write that the API server accepts after "+e.storedBy(o), fmt.Sprintf("%s is refused: %s", what, o.Invalid))
	}
	return nil
}
