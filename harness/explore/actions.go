package explore

import (
	"fmt"
	"slices"
	"time"
)

// LateRequests is a kind that a grammar can rule out in a world by Draw.RuleOut.
const LateRequests = "late requests"

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
	mayCrash     = "crash points"
	mayRefuse    = "refused requests"
	mayLose      = "lost answers"
)

var generalKinds = []string{mayKill, mayStop, mayBeSeveral, mayNotStart, mayBePast, mayBreak, mayCut, mayResync, mayCrash, mayRefuse, mayLose, LateRequests}

// generalActions are what befalls controllers. A controller's number can be said only as
// long as the script alone decides who lives: not in a world with crash points.
var generalActions = []Action{
	{mayKill, func(d *Draw) { d.leave("kill") }},
	{mayKill, func(d *Draw) { d.leave("kill") }},
	{mayStop, func(d *Draw) { d.leave("stop") }},
	{mayBeSeveral, func(d *Draw) {
		if len(d.controllers.alive) == 1 {
			d.Say("start another controller")
			d.controllers.start("")
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

// begin has the first controller live, unless crash points decide who does.
func (d *Draw) begin() {
	if !d.May(mayCrash) || len(d.Works) == 0 {
		d.controllers.start("")
	}
}

// mostRequests is up to which of its requests a work can be disturbed.
const mostRequests = 30

// disturb says what is to befall requests, and arms kills at some.
func (d *Draw) disturb(timesOut bool) {
	if len(d.Works) == 0 {
		return
	}
	var ways []string
	if d.May(mayRefuse) {
		ways = append(ways, "refused=401", "refused=403", "refused=409", "refused=429", "refused=500", "refused=503", "refused=504")
	}
	if d.May(mayLose) {
		ways = append(ways, "answer=lost")
	}
	if d.May(mayLose) && timesOut {
		ways = append(ways, "answer=never")
	}
	if d.May(LateRequests) && timesOut {
		ways = append(ways, "late=1s", "late=20s", "late=10m")
	}
	for range d.IntN(4) {
		if op := d.request(); op != "" && len(ways) > 0 {
			d.Say("request %s %s", op, d.One(ways...))
		}
	}
	for range 1 + d.IntN(3) {
		if op := d.request(); op != "" && d.May(mayCrash) {
			d.Say("kill controller %s=%s restart=%s", d.One("before", "after"), op, d.One("0s", "1s", "10s", "1m", "20m"))
		}
	}
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

// leave ends a controller. If none is left, another starts a while later.
func (d *Draw) leave(how string) {
	n := d.controllers.one(d)
	if n == 0 {
		return
	}
	d.Say("%s controller %d", how, n)
	d.controllers.alive = slices.DeleteFunc(d.controllers.alive, func(m int) bool { return m == n })
	if len(d.controllers.alive) > 0 {
		return
	}
	d.pass(5 * time.Minute)
	if d.May(mayBePast) && d.now > 0 {
		d.Say("start controller sees=%s", short(time.Millisecond+d.Within(d.now)))
		d.controllers.start("watch")
		return
	}
	d.Say("start controller")
	d.controllers.start("")
}

// window breaks a controller's watch or its connection, or restores what is broken.
func (d *Draw) window(what string) {
	n := d.controllers.one(d)
	switch {
	case n == 0:
	case d.controllers.state[n] == "":
		d.Say("%s down controller=%d", what, n)
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
