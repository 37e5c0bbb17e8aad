package invariant

import "fmt"

// DeliveredOnce is the invariant that nothing below the controller repeats or invents
// a request.
type DeliveredOnce struct{}

// Promise is the invariant in one sentence.
func (DeliveredOnce) Promise() string {
	return "a device receives each request exactly as often as the controller sent it"
}

// Check compares the requests that were sent with those that arrived. One that was
// not answered may never have arrived.
func (DeliveredOnce) Check(e Evidence) *Breach {
	if len(e.Strays) > 0 {
		return breach(e.Strays[0], "the device receives only what left through the controller's transport", "a request that did not")
	}
	for _, o := range e.Operations {
		switch {
		case !o.toDevice():
		case o.Arrivals > 1:
			return breach(o.Began, fmt.Sprintf("%s, which was sent once, reaches the device once", o), fmt.Sprintf("it reached the device %d times", o.Arrivals))
		case o.Arrivals == 0 && o.Status > 0 && !o.Unserved:
			return breach(o.Began, fmt.Sprintf("%s, which was answered with %d, reached the device", o, o.Status), "it never did")
		}
	}
	return nil
}
