package scenario

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/instance"
	"example.com/edge-device-operator/harness/nearest"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// parser reads commands, one after the other.
type parser struct {
	file    *File
	only    string // the only object that there is to be; empty for all
	devices map[string]bool
	acted   bool // a command has been that isn't about the world as a whole
	waited  bool // the last command waits for the end of all rollouts

	deployed map[string]bool
	held     map[string]bool             // deployed objects that have a finalizer
	deleting map[string]bool             // those of them that were deleted
	set      map[string]bool             // commands about the world as a whole that have been
	starts   int                         // controllers that were started
	alive    []int                       // those of them that were not killed since
	requests map[instance.Operation]bool // requests that something is to befall
	arm      func(*run) error            // of the command that is being read
}

// command is what a scenario can say.
type command struct {
	usage string
	parse func(*parser, *arguments) func(context.Context, *run) error
}

// commands are all commands there are.
var commands map[string]command

func init() {
	commands = map[string]command{
		"device":  {"device NAME… [running=IMAGE] [transfer=30s|20s..40s] [reboot=15s] [breaks=1st@40%|every@40%]", parseDevice},
		"fault":   {"fault NAME… of=KIND do=EFFECT [nth=N | every=N] [from=12s] [until=34s] [p=0.1] [FIELD=VALUE…] [maybe]", parseFault},
		"deploy":  {"deploy NAME… image=IMAGE [maxAttempts=3] [backoffSeconds=10] [concurrencyHint=N]", parseDeploy},
		"run":     {"run [until=12s | for=12s]", parseRun},
		"kill":    {"kill apiserver|etcd|controller [N] [at=12s | before=NAME#N | after=NAME#N | while=stopping]", parseKill},
		"start":   {"start apiserver|etcd|[another] controller [dies=starting | sees=10s]", parseStart},
		"stop":    {"stop controller [N]", parseStop},
		"api":     {"api down|up [controller=N]", parseAPI},
		"request": {"request NAME#N refused=401|403|404|409|422|429|500|503|504 | answer=lost|never | late=20s", parseRequest},
		"seed":    {"seed N", parseSeed},
		"workers": {"workers N", parseWorkers},
		"timing":  {"timing [poll=5s] [jitter=10%] [transfer=10m] [reboot=5m] [verify=2m] [stall=2m]", parseTiming},
		"edit":    {"edit NAME… [image=IMAGE] [maxAttempts=3] [backoffSeconds=10] [concurrencyHint=N]", parseEdit},
		"delete":  {"delete NAME…", parseDelete},
		"status":  {"status NAME… [phase=PHASE] [attempts=N] [observedGeneration=N] [lastTransitionTime=87600h]", parseStatus},
		"watch":   {"watch down|up [controller=N]", parseWatch},
		"curl":    {"curl burn|reboot NAME… [image=IMAGE]", parseCurl},
		"dns":     {"dns down|up NAME…", parseDNS},
		"resync":  {"resync [controller=N]", parseResync},
		"show":    {"show transitions|outcomes", parseShow},

		"finalizer": {"finalizer add|remove NAME…", parseFinalizer},
	}
}

// Usage lists the commands, one line each.
func Usage() []string {
	var lines []string
	//determinism:ordered sorted below
	for _, c := range commands {
		lines = append(lines, c.usage)
	}
	sort.Strings(lines)
	return lines
}

func (p *parser) command(line int, text string) (step, error) {
	words := split(text)
	if strings.HasPrefix(words[0].text, separator) {
		return step{}, &ParseError{p.file.Path, line, words[0].column, words[0].text, "---- at the beginning of its line and nothing after it"}
	}
	c, known := commands[words[0].text]
	if !known {
		var names []string
		//determinism:ordered sorted below
		for name := range commands {
			names = append(names, name)
		}
		sort.Strings(names)
		expected := "a command: " + strings.Join(names, ", ")
		if meant := nearest.To(words[0].text, names); meant != "" {
			expected += "; did you mean " + meant + "?"
		}
		return step{}, &ParseError{p.file.Path, line, words[0].column, words[0].text, expected}
	}
	a := readArguments(p.file.Path, line, words)
	a.only = p.only
	p.file.Tied = p.file.Tied || p.waited
	if a.maybe.column > 0 && words[0].text != "fault" {
		a.fail(a.maybe, "this after a fault only")
	}
	act := c.parse(p, a)
	if a.err != nil {
		return step{}, a.err
	}
	s := step{line, act, p.arm}
	p.arm = nil
	return s, nil
}

var deviceName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func parseDevice(p *parser, a *arguments) func(context.Context, *run) error {
	a.allow("running", "transfer", "reboot", "breaks")
	names := a.expand()
	for _, n := range names {
		if !deviceName.MatchString(n.text) {
			a.fail(n, "a device's name: lower-case letters, digits and dashes, at most 63")
		}
		if p.devices[n.text] {
			a.fail(n, "a name that no other device has")
		}
		p.devices[n.text] = true
	}
	seconds := func(n time.Duration) devicesim.Range {
		return devicesim.Range{Min: n * time.Second, Max: n * time.Second}
	}
	running := read(a, "running", "fw:1", devicesim.ParseImage)
	plan := devicesim.Plan{
		Transfer: read(a, "transfer", seconds(30), devicesim.ParseRange),
		Reboot:   read(a, "reboot", seconds(15), devicesim.ParseRange),
		Faults:   read(a, "breaks", nil, devicesim.ParseBreaks),
	}
	return func(_ context.Context, r *run) error {
		for _, n := range names {
			if err := r.world.AddDevice(n.text, running, plan); err != nil {
				return err
			}
			for range plan.Faults {
				r.planned(n.text, a, false)
			}
		}
		return nil
	}
}

func parseDeploy(p *parser, a *arguments) func(context.Context, *run) error {
	p.acted = true
	a.allow("image", "maxAttempts", "backoffSeconds", "concurrencyHint")
	a.require("image", "image=IMAGE with it, such as image=fw:2")
	names := p.deviceNames(a)
	for _, n := range names {
		if p.deployed[n.text] {
			a.fail(n, "a device that nothing is deployed to yet")
		}
		p.deployed[n.text] = true
	}
	p.file.Objects = max(p.file.Objects, len(p.deployed))
	p.ensureController()
	backoff := int32(10)
	spec := v1.DeviceDeploymentSpec{RetryPolicy: v1.RetryPolicy{MaxAttempts: 3, BackoffSeconds: &backoff}}
	parseSpec(a)(&spec)
	return func(ctx context.Context, r *run) error {
		if err := r.ensureController(ctx); err != nil {
			return err
		}
		for _, n := range names {
			spec.DeviceRef = n.text
			if err := r.world.Deploy(ctx, spec); err != nil {
				return err
			}
		}
		return nil
	}
}

func parseRun(p *parser, a *arguments) func(context.Context, *run) error {
	p.acted = true
	p.ensureController()
	a.allow("until", "for")
	a.noNames()
	until, length := read(a, "until", 0, parseDuration), read(a, "for", 0, parseDuration)
	if len(a.keys) > 1 {
		a.fail(a.keys[1], "either until= or for=")
	}
	p.waited = len(a.keys) == 0
	return func(ctx context.Context, r *run) error {
		if err := r.ensureController(ctx); err != nil {
			return err
		}
		switch {
		case a.values["until"].column > 0:
			return r.world.RunUntil(ctx, until)
		case a.values["for"].column > 0:
			return r.world.RunUntil(ctx, r.world.Now()+length)
		}
		return r.world.RunUntilEnded(ctx)
	}
}

// parsePoint reads press-01#7.
func parsePoint(s string) (instance.Operation, error) {
	object, number, _ := strings.Cut(s, "#")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || !deviceName.MatchString(object) {
		return instance.Operation{}, fmt.Errorf("an object and the number of its request, such as press-01#7")
	}
	return instance.Operation{Object: object, Number: n}, nil
}

// early refuses a command about the world as a whole once something happened,
// and the second of its kind.
func (p *parser) early(a *arguments) {
	if p.acted || len(p.devices) > 0 {
		a.fail(a.command, "this at the top, before the first device")
	}
	if p.set[a.command.text] {
		a.fail(a.command, "this only once")
	}
	p.set[a.command.text] = true
}

// worldNumber reads the one number after a command about the world as a whole, 0
// where there is none to be had.
func (p *parser) worldNumber(a *arguments, most int64) int64 {
	p.early(a)
	a.allow()
	a.oneName("a whole number after it")
	if len(a.names) == 0 {
		return 0
	}
	n, err := number(1, most)(a.names[0].text)
	if err != nil {
		a.fail(a.names[0], err.Error())
	}
	return n
}

func parseSeed(p *parser, a *arguments) func(context.Context, *run) error {
	p.file.Seed = uint64(p.worldNumber(a, 1<<62))
	return nothing
}

// parseWorkers reads how many objects a controller reconciles at a time, where
// that is what a file is about.
func parseWorkers(p *parser, a *arguments) func(context.Context, *run) error {
	p.file.setup.options.Workers, p.file.Tied = int(p.worldNumber(a, 1000)), true
	return nothing
}

func parseTiming(p *parser, a *arguments) func(context.Context, *run) error {
	p.early(a)
	a.allow("poll", "jitter", "transfer", "reboot", "verify", "stall")
	a.noNames()
	if len(a.keys) == 0 {
		a.fail(a.command, "one of jitter=, poll=, reboot=, stall=, transfer=, verify= after it")
	}
	t := &p.file.setup.options.Timing
	t.Poll = read(a, "poll", t.Poll, parseDuration)
	t.Jitter = read(a, "jitter", t.Jitter, parseJitter)
	t.Transfer = read(a, "transfer", t.Transfer, parseDuration)
	t.Reboot = read(a, "reboot", t.Reboot, parseDuration)
	t.Verify = read(a, "verify", t.Verify, parseDuration)
	t.Stall = read(a, "stall", t.Stall, parseDuration)
	if stall, given := a.values["stall"]; given && t.Stall > t.Transfer/2 {
		a.fail(stall, fmt.Sprintf("at most %v, half the transfer deadline", t.Transfer/2))
	}
	if t.Poll <= 0 {
		a.fail(a.values["poll"], "a poll interval that is not zero")
	}
	return nothing
}

// parseJitter reads a jitter, in percent, as the manager takes it.
func parseJitter(s string) (int, error) {
	digits, isPercent := strings.CutSuffix(s, "%")
	n, err := number(0, 50)(digits)
	if err != nil || !isPercent {
		return 0, errors.New("a percentage up to 50%, such as 10%")
	}
	return int(n), nil
}

func parseShow(p *parser, a *arguments) func(context.Context, *run) error {
	p.early(a)
	a.allow()
	a.oneName("the word transitions or outcomes after it")
	if len(a.names) > 0 {
		show, known := shows[a.names[0].text]
		if !known {
			a.fail(a.names[0], "the word transitions or outcomes")
		}
		p.file.setup.show = show
	}
	return nothing
}

// nothing is what commands do that only set the world up.
func nothing(context.Context, *run) error { return nil }
