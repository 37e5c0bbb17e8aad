package invariant

import "fmt"

// Accepted is the invariant that the operator and the API server agree on what
// a status may become. A stale copy excuses nothing: the API server compares
// resourceVersions first, and answers with a conflict.
type Accepted struct{}

// Promise says it in one sentence.
func (Accepted) Promise() string {
	return "the API server never refuses a status write as invalid"
}

// Check looks at what came of each write.
func (Accepted) Check(e Evidence) *Breach {
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
