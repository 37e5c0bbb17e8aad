package edge

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// arrival records how one operation reached a device.
type arrival struct {
	times int
	// before is the number of the device's state changes when it last arrived.
	before int
}

// arrivals counts the requests that reach a device.
type arrivals struct {
	mu       sync.Mutex      // guards what follows
	byNumber map[int]arrival // by the operation's number
	strays   []time.Time     // requests that were no operation
}

// operationHeader carries the operation's number to a device's server. The device
// itself doesn't see it.
const operationHeader = "World-Operation"

// countArrival counts a request, unless it is a person's.
func (m *member) countArrival(r *http.Request, now time.Time) {
	if r.Header.Get(byHandHeader) != "" {
		r.Header.Del(byHandHeader)
		return
	}
	changes := len(m.device.Truth().Changes)
	number, err := strconv.Atoi(r.Header.Get(operationHeader))
	r.Header.Del(operationHeader)
	a := &m.arrivals
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.strays = append(a.strays, now)
		return
	}
	if a.byNumber == nil {
		a.byNumber = map[int]arrival{}
	}
	a.byNumber[number] = arrival{a.byNumber[number].times + 1, changes}
}

// takeArrivals returns how many times an operation that has ended reached the device,
// and the numbers of the device's state changes when it arrived and now. It forgets
// the operation.
func (m *member) takeArrivals(number int) (times, before, after int) {
	after = len(m.device.Truth().Changes)
	all := &m.arrivals
	all.mu.Lock()
	defer all.mu.Unlock()
	a, arrived := all.byNumber[number]
	delete(all.byNumber, number)
	if !arrived {
		return 0, after, after
	}
	return a.times, a.before, after
}

// strays returns the times of the requests that were no operation.
func (m *member) strays() []time.Time {
	m.arrivals.mu.Lock()
	defer m.arrivals.mu.Unlock()
	return m.arrivals.strays[:len(m.arrivals.strays):len(m.arrivals.strays)]
}
