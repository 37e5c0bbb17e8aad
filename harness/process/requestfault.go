package process

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	// Delayed sends the request so much later, and its sender waits for it. If that one
	// gives up before, it isn't sent.
	Delayed time.Duration
}

// RequestFaults holds the planned faults.
type RequestFaults struct {
	clock *virtualtime.Clock

	life    context.Context // ends with the world
	end     context.CancelFunc
	apiDown atomic.Bool // nobody reaches the API server

	mu      sync.Mutex // guards what follows, and lateRequest.arrived
	planned map[Operation]RequestFault
	onWay   []*lateRequest
	serving map[Operation]struct{} // late calls that have arrived and not ended
	served  chan struct{}          // closed when one of them ends
}

// NewRequestFaults returns a RequestFaults without faults.
func NewRequestFaults(c *virtualtime.Clock) *RequestFaults {
	d := &RequestFaults{clock: c, planned: map[Operation]RequestFault{}, serving: map[Operation]struct{}{}, served: make(chan struct{})}
	d.life, d.end = context.WithCancel(context.Background())
	return d
}

// serve runs a late call on a goroutine. It should end with the world at the latest.
func (d *RequestFaults) serve(op Operation, f func(life context.Context)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.serving[op] = struct{}{}
	go func() {
		f(d.life)
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.serving, op)
		close(d.served)
		d.served = make(chan struct{})
	}()
}

// Serving lists the late calls that are under way, sorted.
func (d *RequestFaults) Serving() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return listed(d.serving)
}

// SetAPI says whether the API server can be reached. A late request that arrives while
// it can't is lost.
func (d *RequestFaults) SetAPI(up bool) { d.apiDown.Store(!up) }

// Close ends the late calls that are under way. It is called when the world ends. The
// error names those that go on although their context has ended.
func (d *RequestFaults) Close(ctx context.Context) error {
	d.end()
	for {
		d.mu.Lock()
		left, ended := listed(d.serving), d.served
		d.mu.Unlock()
		if len(left) == 0 {
			return nil
		}
		select {
		case <-ended:
		case <-ctx.Done():
			return fmt.Errorf("late requests go on after the end of their context, at which they have to return: %s", strings.Join(left, ", "))
		}
	}
}

// Plan plans a fault for a request. It has no effect on a request that was made already.
func (d *RequestFaults) Plan(op Operation, what RequestFault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.planned[op] = what
}

// Left returns the operations with planned faults that have not been made yet, sorted.
func (d *RequestFaults) Left() []Operation {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.SortedFunc(maps.Keys(d.planned), func(a, b Operation) int { return strings.Compare(a.Name(), b.Name()) })
}

// listed lists operations, sorted.
func listed[V any](of map[Operation]V) (all []string) {
	//determinism:ordered sorted below
	for op := range of {
		all = append(all, op.Name())
	}
	slices.Sort(all)
	return all
}

func (d *RequestFaults) take(op Operation) (RequestFault, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	what, ok := d.planned[op]
	delete(d.planned, op)
	return what, ok
}
