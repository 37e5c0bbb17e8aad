package edge

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// arrival is what reached a device of one operation.
type arrival struct {
	times int
	// before is how many deeds the device had done when it came last.
	before int
}

// gate is a device's door: it counts who comes in.
type gate struct {
	mu     sync.Mutex      // guards what follows
	came   map[int]arrival // by the operation's number
	strays []time.Time
}

// operationHeader tells a device's server which operation a request is. The
// device itself doesn't see it.
const operationHeader = "World-Operation"

// arrives counts a request, unless it is a person's.
func (m *member) arrives(r *http.Request, now time.Time) {
	if r.Header.Get(byHandHeader) != "" {
		r.Header.Del(byHandHeader)
		return
	}
	deeds := len(m.device.Truth().Changes)
	number, err := strconv.Atoi(r.Header.Get(operationHeader))
	r.Header.Del(operationHeader)
	g := &m.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.strays = append(g.strays, now)
		return
	}
	if g.came == nil {
		g.came = map[int]arrival{}
	}
	g.came[number] = arrival{g.came[number].times + 1, deeds}
}

// arrivals is how often an operation that is over reached the device, and how
// many deeds the device had done when it came, and has done now.
func (m *member) arrivals(number int) (times, before, after int) {
	after = len(m.device.Truth().Changes)
	g := &m.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	a, came := g.came[number]
	delete(g.came, number)
	if !came {
		return 0, after, after
	}
	return a.times, a.before, after
}

// strayed is when requests came that were no operation.
func (m *member) strayed() []time.Time {
	m.gate.mu.Lock()
	defer m.gate.mu.Unlock()
	return m.gate.strays[:len(m.gate.strays):len(m.gate.strays)]
}
