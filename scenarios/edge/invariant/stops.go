package invariant

// Stops is the invariant that a stop, as by SIGTERM, is no failure of anything.
type Stops struct{}

// Promise is the invariant in one sentence.
func (Stops) Promise() string {
	return "a controller that is told to stop brings each write of the status that it has begun to its end, and stores nothing after a request to the device that it has called off"
}

// Check looks at the requests that were called off.
func (Stops) Check(e Evidence) *Breach {
	for _, r := range e.reconciles() {
		for n, o := range r {
			if !o.CalledOff {
				continue
			}
			if o.Kind == Write {
				return breach(o.Ended, "that "+o.String()+" comes to its end", "it was called off")
			}
			for _, later := range r[n+1:] {
				if o.toDevice() && later.Kind == Write {
					return breach(later.Began, "nothing is stored, since "+o.String()+" was called off", later.String())
				}
			}
		}
	}
	return nil
}
