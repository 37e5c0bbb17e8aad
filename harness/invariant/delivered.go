package invariant

import (
	"fmt"
	"time"
)

// DeliveredOnce is the invariant that nothing below the controller repeats a
// request, or invents one.
type DeliveredOnce struct{}

// Promise says it in one sentence.
func (DeliveredOnce) Promise() string {
	return "a device receives each request exactly as often as the controller sent it"
}

// Check compares what left with what arrived. A request that nobody answered
// may never have arrived.
func (DeliveredOnce) Check(e Evidence) (time.Time, string) {
	if len(e.Strays) > 0 {
		return e.Strays[0], "the device received a request that did not come through the controller's transport"
	}
	for _, o := range e.Operations {
		switch {
		case !o.toDevice():
		case o.Arrivals > 1:
			return o.Began, fmt.Sprintf("request #%d (%s) was sent once, and reached the device %d times", o.Number, o.Kind, o.Arrivals)
		case o.Arrivals == 0 && o.Status > 0:
			return o.Began, fmt.Sprintf("request #%d (%s) was answered with %d, and never reached the device", o.Number, o.Kind, o.Status)
		}
	}
	return time.Time{}, ""
}
