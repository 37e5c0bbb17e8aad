package explore

import (
	"fmt"
	"slices"
	"time"

	"example.com/edge-device-operator/harness/scenario"
)

// The kinds of what every operator can be put through.
const (
	mayKill      = "kills"
	mayStop      = "stops"
	mayBeSeveral = "several controllers"
	mayNotStart  = "starts that fail"
	mayBePast    = "starts that see the past"
	mayBreak     = "watches that break"
	mayCut       = "cuts from the API server"
	mayResync    = "resyncs"

	mayKillAt  = "crash points"
	mayStopAt  = "stops at requests"
	mayStartAt = "second controllers at requests"
	mayBreakAt = "watches that break at requests"

	mayRefuse = "refused requests"
	mayLose   = "lost answers"
	mayDelay  = "delayed requests"
	mayBeLate = "late requests"
)

// generalKinds are the kinds of which a world may have some. A controller's number can be
// said only as long as the script alone decides who lives, and whose watch is down: not
// where that is up to the requests that are made.
func (d *Draw) generalKinds() []string {
	kinds := []string{mayKill, mayStop, mayBeSeveral, mayNotStart, mayBePast, mayBreak, mayCut, mayResync}
	if d.IntN(2) == 0 {
		kinds = []string{mayKillAt, mayStopAt, mayStartAt, mayBreakAt}
	}
	return append(kinds, mayRefuse, mayLose, mayDelay, mayBeLate)
}

// generalActions are what befalls controllers.
var generalActions = []Action{
	{mayKill, func(d *Draw) { d.leave("kill") }},
	{mayKill, func(d *Draw) { d.leave("kill") }},
	{mayStop, func(d *Draw) { d.leave("stop") }},
	{mayBeSeveral, func(d *Draw) {
		if len(d.controllers.alive) == 1 {
			d.start("another ")
		}
	}},
	{mayNotStart, func(d *Draw) {
		if len(d.controllers.alive) == 1 {
			d.Say("start another controller dies=starting")
			d.controllers.starts++
		}
	}},
	{mayBreak, func(d *Draw) { d.window("watch") }},
	{mayCut, func(d *Draw) { d.window("api") }},
	{mayResync, func(d *Draw) {
		if n := d.controllers.one(d); n > 0 && d.controllers.state[n] == "" {
			d.Say("resync controller=%d", n)
		}
	}},
}

// controllers are those of a world.
type controllers struct {
	starts int
	alive  []int
	state  map[int]string // watch or api: what of theirs is down
}

func (l *controllers) start(state string) {
	l.starts++
	l.alive = append(l.alive, l.starts)
	l.state[l.starts] = state
}

// one draws one of those that live, 0 if there is none to be named.
func (l *controllers) one(d *Draw) int {
	if len(l.alive) == 0 {
		return 0
	}
	return l.alive[d.IntN(len(l.alive))]
}

// mostRequests is up to which of its requests a work can be disturbed.
const mostRequests = 30

// disturb says what is to befall requests, and what is to come about at some.
func (d *Draw) disturb(timesOut bool) {
	if len(d.Works) == 0 {
		return
	}
	ways, points := d.ways(timesOut), d.points()
	for range d.IntN(4) {
		if op := d.request(); op != "" && len(ways) > 0 {
			d.Say("request %s %s", op, d.One(ways...))
		}
	}
	for range 1 + d.IntN(3) {
		if op := d.request(); op != "" && len(points) > 0 {
			points[d.IntN(len(points))](op)
		}
	}
}

// ways are what can befall a request.
func (d *Draw) ways(timesOut bool) (all []string) {
	for _, way := range []struct {
		kind  string
		waits bool // for ever, but for a timeout
		ways  []string
	}{
		{mayRefuse, false, []string{"refused=401", "refused=403", "refused=404", "refused=409", "refused=422", "refused=429", "refused=500", "refused=503", "refused=504"}},
		{mayLose, false, []string{"answer=lost"}},
		{mayLose, true, []string{"answer=never"}},
		{mayDelay, false, []string{"delayed=1s", "delayed=8s", "delayed=1m"}},
		{mayBeLate, true, []string{"late=1s", "late=20s", "late=10m"}},
	} {
		if d.May(way.kind) && (timesOut || !way.waits) {
			all = append(all, way.ways...)
		}
	}
	return all
}

// points are what can come about at a request.
func (d *Draw) points() (all []func(op string)) {
	restart := func() string { return d.One("0s", "1s", "10s", "1m", "20m") }
	for _, point := range []struct {
		kind string
		say  func(op string)
	}{
		{mayKillAt, func(op string) { d.Say("kill controller %s=%s restart=%s", d.One("before", "after"), op, restart()) }},
		{mayStopAt, func(op string) { d.Say("stop controller at=%s restart=%s", op, restart()) }},
		{mayStartAt, func(op string) { d.Say("start another controller at=%s", op) }},
		{mayBreakAt, func(op string) {
			to := ""
			if end := d.request(); end != "" && d.IntN(2) == 0 {
				if !later(end, op) {
					op, end = end, op
				}
				to = " to=" + end
			}
			// Without a time, it might never end.
			d.Say("watch %s from=%s%s for=%s", d.down(), op, to, d.One("1s", "10s", "1m"))
		}},
	} {
		if d.May(point.kind) {
			all = append(all, point.say)
		}
	}
	return all
}

// down is how a watch goes down. One that is really broken takes real time.
func (d *Draw) down() string {
	if d.IntN(10) == 0 {
		return "cut"
	}
	return "down"
}

// request draws a request that nothing befalls yet, empty where it hits another one.
func (d *Draw) request() string {
	// Early requests are made in more worlds.
	op := fmt.Sprintf("%s#%d", d.One(d.Works...), 1+min(d.IntN(mostRequests), d.IntN(mostRequests)))
	if d.disturbed[op] {
		return ""
	}
	d.disturbed[op] = true
	return op
}

// later says whether a request doesn't come before another one of the same work.
func later(one, other string) bool {
	_, a, _ := scenario.RequestIn(one)
	_, b, _ := scenario.RequestIn(other)
	return a.Object != b.Object || a.Number > b.Number
}

// leave ends a controller. If none is left, another starts a while later.
func (d *Draw) leave(how string) {
	n := d.controllers.one(d)
	if n == 0 {
		return
	}
	switch {
	case how == "kill" && !d.inexact && d.IntN(4) == 0:
		d.now += d.Within(time.Minute)
		d.Say("kill controller %d at=%s", n, short(d.now))
	default:
		d.Say("%s controller %d", how, n)
		d.inexact = d.inexact || how == "stop" // which takes its time
	}
	d.controllers.alive = slices.DeleteFunc(d.controllers.alive, func(m int) bool { return m == n })
	if len(d.controllers.alive) > 0 {
		return
	}
	d.pass(5 * time.Minute)
	d.start("")
}

// start starts a controller, or another one.
func (d *Draw) start(another string) {
	if d.May(mayBePast) && d.now > 0 {
		d.Say("start %scontroller sees=%s", another, short(time.Millisecond+d.Within(d.now)))
		d.controllers.start("watch")
		return
	}
	d.Say("start %scontroller", another)
	d.controllers.start("")
}

// window breaks a controller's watch or its connection, or restores what is broken.
func (d *Draw) window(what string) {
	n := d.controllers.one(d)
	switch {
	case n == 0:
	case d.controllers.state[n] == "":
		down := "down"
		if what == "watch" {
			down = d.down()
		}
		d.Say("%s %s controller=%d", what, down, n)
		d.controllers.state[n] = what
	case d.controllers.state[n] == what:
		d.restore(n)
	}
}

func (d *Draw) restore(n int) {
	d.Say("%s up controller=%d", d.controllers.state[n], n)
	d.controllers.state[n] = ""
}

// end restores what is broken.
func (d *Draw) end() {
	for _, n := range d.controllers.alive {
		if d.controllers.state[n] != "" {
			d.restore(n)
		}
	}
}
