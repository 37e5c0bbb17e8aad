package process

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"

	"example.com/edge-device-operator/harness/virtualtime"
)

// RequestFault is the fault of one request. Exactly one field is set.
type RequestFault struct {
	// Status refuses the request with that HTTP status. It is not served.
	Status int
	// Lost serves the request and loses the answer: the connection breaks.
	Lost bool
	// Never means that the request is neither served nor answered: its sender waits
	// until it gives up.
	Never bool
	// Late delays the request by so much, even if its sender has given up or died by
	// then.
	Late time.Duration
}

// RequestFaults holds the planned faults.
type RequestFaults struct {
	clock *virtualtime.Clock

	// life ends with the world; served waits for the goroutines of late calls.
	life   context.Context
	end    context.CancelFunc
	served sync.WaitGroup

	mu      sync.Mutex // guards what follows, and lateRequest.arrived
	planned map[Operation]RequestFault
	onWay   []*lateRequest
}

// NewRequestFaults returns a RequestFaults without faults.
func NewRequestFaults(c *virtualtime.Clock) *RequestFaults {
	d := &RequestFaults{clock: c, planned: map[Operation]RequestFault{}}
	d.life, d.end = context.WithCancel(context.Background())
	return d
}

// serve runs a late call on a goroutine that ends with the world at the latest.
func (d *RequestFaults) serve(f func(life context.Context)) {
	d.served.Go(func() { f(d.life) })
}

// Close ends the late calls that are under way. It is called when the world ends.
func (d *RequestFaults) Close() {
	d.end()
	d.served.Wait()
}

// Plan plans a fault for a request. It has no effect on a request that was made already.
func (d *RequestFaults) Plan(op Operation, what RequestFault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.planned[op] = what
}

// Left returns the operations with planned faults that have not been made yet, sorted.
func (d *RequestFaults) Left() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var left []string
	//determinism:ordered sorted below
	for op := range d.planned {
		left = append(left, fmt.Sprintf("%s#%d", op.Object, op.Number))
	}
	sort.Strings(left)
	return left
}

func (d *RequestFaults) take(op Operation) (RequestFault, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	what, ok := d.planned[op]
	delete(d.planned, op)
	return what, ok
}
