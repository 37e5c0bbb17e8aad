package scenario

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/edge-device-operator/harness/instance"
	"example.com/edge-device-operator/harness/world"
)

// ensureController keeps account of the controllers as run.ensureController
// will.
func (p *parser) ensureController() {
	if p.starts == 0 {
		p.born()
	}
}

// born keeps account of a controller's start.
func (p *parser) born() {
	p.starts++
	p.alive = append(p.alive, p.starts)
}

// died keeps account of a controller's end.
func (p *parser) died(n int) {
	p.alive = slices.DeleteFunc(p.alive, func(m int) bool { return m == n })
}

// aliveList says which controllers run.
func (p *parser) aliveList() string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(p.alive)), ", "), "[]")
}

// which finds the controller that a command is about: the one that is named,
// or the only one that runs.
func (p *parser) which(a *arguments, named word, given bool) int {
	switch {
	case len(p.alive) == 0:
		a.fail(a.command, "a controller that runs: deploy and run start the first, start controller any other")
	case given:
		n, err := number(1, int64(p.starts))(named.text)
		if err != nil || !slices.Contains(p.alive, int(n)) {
			a.fail(named, "the number of a controller that runs: "+p.aliveList())
			return 0
		}
		return int(n)
	case len(p.alive) > 1:
		a.fail(a.command, "the number of one of the controllers that run: "+p.aliveList())
	default:
		return p.alive[0]
	}
	return 0
}

// namedController reads the words after kill and stop.
func (p *parser) namedController(a *arguments) (n int, named bool) {
	switch {
	case len(a.names) == 0:
		a.fail(a.command, "the word controller after it")
	case a.names[0].text != "controller":
		a.fail(a.names[0], "the word controller")
	case len(a.names) > 2:
		a.fail(a.names[2], "no further word")
	case len(a.names) == 2:
		return p.which(a, a.names[1], true), true
	}
	return 0, false
}

// programs are the control plane's, as kill and start know them.
var programs = map[string]string{"apiserver": world.APIServer, "etcd": world.Etcd}

// program returns which of the control plane's programs a command is about, ""
// if it is about none.
func (p *parser) program(a *arguments) string {
	if len(a.names) == 0 || programs[a.names[0].text] == "" {
		return ""
	}
	a.oneName("")
	a.allow()
	return programs[a.names[0].text]
}

func parseKill(p *parser, a *arguments) func(context.Context, *run) error {
	p.acted = true
	if program := p.program(a); program != "" {
		p.file.KillsControlPlane = true
		p.ensureController()
		return func(ctx context.Context, r *run) error {
			if err := r.ensureController(ctx); err != nil {
				return err
			}
			// Or how far its start has come would be chance.
			if err := r.world.Settle(ctx); err != nil {
				return err
			}
			return r.world.KillProgram(program)
		}
	}
	a.allow("at", "before", "after", "while")
	n, named := p.namedController(a)
	if len(a.keys) > 1 {
		a.fail(a.keys[1], "only one of at=, before=, after= and while=")
	}
	at := read(a, "at", 0, parseDuration)
	point := instance.CrashPoint{Side: instance.Before, Operation: read(a, "before", instance.Operation{}, parsePoint)}
	if a.values["after"].column > 0 {
		point = instance.CrashPoint{Side: instance.After, Operation: read(a, "after", instance.Operation{}, parsePoint)}
	}
	stopping := read(a, "while", "", oneOf("stopping")) != ""
	switch {
	case point.Number > 0 && !p.devices[point.Object]:
		a.fail(a.values[a.keys[0].text], "the name of a device that an earlier line declares")
	case point.Number > 0 && named:
		a.fail(a.names[1], "no number: whichever controller comes to that request is killed")
	case point.Number > 0 && len(p.alive) > 1:
		// Which one that is only the run will show.
	case !named:
		n = p.which(a, a.command, false)
	}
	p.died(n)
	if point.Number > 0 {
		p.file.Tied = true
		p.arm = func(r *run) error { return r.world.KillAt(point) }
	}
	return func(ctx context.Context, r *run) error {
		switch {
		case point.Number > 0:
			return r.world.RunUntilCrash(ctx, point)
		case stopping:
			return r.world.KillStopping(ctx, n)
		case a.values["at"].column > 0:
			if err := r.world.RunUntil(ctx, at); err != nil {
				return err
			}
		}
		return r.world.KillController(n)
	}
}

func parseStop(p *parser, a *arguments) func(context.Context, *run) error {
	p.acted = true
	a.allow()
	n, named := p.namedController(a)
	if !named {
		n = p.which(a, a.command, false)
	}
	p.died(n)
	return func(ctx context.Context, r *run) error { return r.world.StopController(ctx, n) }
}

func parseStart(p *parser, a *arguments) func(context.Context, *run) error {
	p.acted = true
	if program := p.program(a); program != "" {
		return func(ctx context.Context, r *run) error { return r.world.StartProgram(ctx, program) }
	}
	a.allow("dies", "sees")
	another := len(a.names) > 0 && a.names[0].text == "another"
	if another {
		a.names = a.names[1:]
	}
	a.oneName("the word controller after it")
	switch {
	case len(a.names) > 0 && a.names[0].text != "controller":
		a.fail(a.names[0], "the word controller")
	case len(p.alive) > 0 && !another:
		a.fail(a.command, "kill controller before this, since one is running; or start another controller")
	case len(p.alive) == 0 && another:
		a.fail(a.command, "start controller: none is running")
	}
	dies := read(a, "dies", "", oneOf("starting")) != ""
	sees := read(a, "sees", 0, parseDuration)
	if len(a.keys) > 1 {
		a.fail(a.keys[1], "either dies= or sees=")
	}
	p.born()
	if dies {
		p.died(p.starts)
	}
	return func(ctx context.Context, r *run) error {
		r.started = true
		switch {
		case dies:
			return r.world.KillStarting(ctx)
		case a.values["sees"].column > 0:
			return r.world.StartStale(ctx, sees)
		}
		return r.world.StartController(ctx)
	}
}

// upOrDown reads down or up, and which controller that is about.
func (p *parser) upOrDown(a *arguments) (n int, up bool) {
	p.acted = true
	a.allow("controller")
	a.oneName("the word down or up after it")
	if len(a.names) > 0 && a.names[0].text != "down" && a.names[0].text != "up" {
		a.fail(a.names[0], "the word down or up")
	}
	named, given := a.values["controller"]
	return p.which(a, named, given), len(a.names) > 0 && a.names[0].text == "up"
}

func parseWatch(p *parser, a *arguments) func(context.Context, *run) error {
	n, up := p.upOrDown(a)
	return func(_ context.Context, r *run) error { return r.world.SetWatch(n, up) }
}

func parseAPI(p *parser, a *arguments) func(context.Context, *run) error {
	n, up := p.upOrDown(a)
	return func(_ context.Context, r *run) error { return r.world.SetAPI(n, up) }
}

func parseResync(p *parser, a *arguments) func(context.Context, *run) error {
	p.acted = true
	a.allow("controller")
	if len(a.names) > 0 {
		a.fail(a.names[0], "no word after resync")
	}
	named, given := a.values["controller"]
	n := p.which(a, named, given)
	return func(_ context.Context, r *run) error { return r.world.Resync(n) }
}

func parseRequest(p *parser, a *arguments) func(context.Context, *run) error {
	p.acted = true
	a.allow("refused", "answer", "late")
	a.oneName("the number of a device's request after it, such as press-01#7")
	if len(a.keys) != 1 {
		a.fail(a.command, "one of refused=, answer= and late= with it")
	}
	if len(a.names) == 0 {
		return nothing
	}
	op, err := parsePoint(a.names[0].text)
	switch {
	case err != nil:
		a.fail(a.names[0], err.Error())
	case p.only != "" && op.Object != p.only:
		return nothing
	case !p.devices[op.Object]:
		a.fail(a.names[0], "the name of a device that an earlier line declares")
	case p.requests[op]:
		a.fail(a.names[0], "each request only once")
	}
	p.requests[op] = true
	answer := read(a, "answer", "", oneOf("lost", "never"))
	what := instance.Disturbance{
		Status: read(a, "refused", 0, parseRefusal),
		Lost:   answer == "lost",
		Never:  answer == "never",
		Late:   read(a, "late", 0, parseLate),
	}
	// Who waits for an answer holds a worker.
	p.file.HoldsWorkers = p.file.HoldsWorkers || what.Never || what.Late > 0
	return func(_ context.Context, r *run) error { return r.world.Disturb(op, what) }
}

func parseLate(s string) (time.Duration, error) {
	d, err := parseDuration(s)
	if err == nil && d == 0 {
		err = fmt.Errorf("a duration that is not zero")
	}
	return d, err
}

// parseRefusal reads what an API server may refuse a request with.
func parseRefusal(s string) (int, error) {
	switch s {
	case "401", "403", "404", "409", "422", "429", "500", "503", "504":
		return strconv.Atoi(s)
	}
	return 0, fmt.Errorf("401, 403, 404, 409, 422, 429, 500, 503 or 504")
}

// oneOf returns a parser of some words.
func oneOf(words ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		if slices.Contains(words, s) {
			return s, nil
		}
		return "", fmt.Errorf("the word %s", strings.Join(words, " or "))
	}
}
