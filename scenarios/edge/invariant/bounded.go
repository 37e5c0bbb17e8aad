package invariant

import (
	"fmt"
	"time"
)

// Bounded is the invariant that no request keeps a worker for ever.
type Bounded struct{}

// Promise is the invariant in one sentence.
func (Bounded) Promise() string {
	return "a controller gives up a request to the API server after 10 seconds, and one to the device after the call's timeout"
}

// apiTime is how long a request to the API server may take.
const apiTime = 10 * time.Second

// Check measures each request.
func (Bounded) Check(e Evidence) *Breach {
	for _, o := range e.Operations {
		limit := apiTime
		if o.toDevice() {
			limit = e.CallTimeout
		}
		// One without a number came late: its sender has given it up, under its number.
		if took := o.Ended.Sub(o.Began); o.Number > 0 && took > limit {
			return breach(o.Ended, fmt.Sprintf("that %s is given up after %v", o, limit), fmt.Sprintf("it took %v", took))
		}
	}
	return nil
}
