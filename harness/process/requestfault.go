package process

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"

	"example.com/edge-device-operator/harness/virtualtime"
)

// RequestFault is what befalls one request; one of its fields is set.
type RequestFault struct {
	// Status has the request refused with that HTTP status: it is not served.
	Status int
	// Lost has it served, and its answer lost: the connection breaks.
	Lost bool
	// Never has it not served and not answered: who sent it waits until it
	// gives up.
	Never bool
	// Late has it arrive that much later, whether or not who sent it still
	// waits or lives.
	Late time.Duration
}

// RequestFaults holds what is to befall which requests.
type RequestFaults struct {
	clock *virtualtime.Clock

	// life ends with the world, and served are the goroutines of late calls.
	life   context.Context
	end    context.CancelFunc
	served sync.WaitGroup

	mu      sync.Mutex // guards what follows, and lateRequest.arrived
	planned map[Operation]RequestFault
	onWay   []*lateRequest
}

// NewRequestFaults returns none, for requests in the clock's time.
func NewRequestFaults(c *virtualtime.Clock) *RequestFaults {
	d := &RequestFaults{clock: c, planned: map[Operation]RequestFault{}}
	d.life, d.end = context.WithCancel(context.Background())
	return d
}

// serve runs what serves a late call, on a goroutine that lives no longer than the
// world.
func (d *RequestFaults) serve(f func(life context.Context)) {
	d.served.Go(func() { f(d.life) })
}

// Close ends the late calls that are still being served. It is called when the world
// ends.
func (d *RequestFaults) Close() {
	d.end()
	d.served.Wait()
}

// Plan has a request disturbed; one that has been is past disturbing.
func (d *RequestFaults) Plan(op Operation, what RequestFault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.planned[op] = what
}

// Left returns the planned operations that have not been yet, sorted.
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
