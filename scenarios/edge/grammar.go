package edge

import (
	"fmt"
	"strings"

	"example.com/edge-device-operator/harness/explore"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// The kinds of what only worlds with devices have.
const (
	mayEdit     = "edits"
	mayDelete   = "deletions"
	mayHold     = "finalizers"
	mayCurl     = "requests by hand"
	mayUnname   = "names that DNS doesn't know"
	mayBeFew    = "few workers"
	mayComeLate = "faults that come later"
	mayGoWrong  = "transfers that go wrong"
	mayHang     = "requests that get nowhere"
	mayBeSlow   = "answers that are late"
	mayBeWeak   = "weak ETags"
	mayBeOne    = "one thing at a time"
	mayStep     = "steps by hand"
	mayGoBack   = "devices that go back"
)

// deviceFaults are faults of devices, by kind.
var deviceFaults = []struct {
	kind   string
	faults []string
}{
	{mayGoWrong, []string{
		"of=transfer do=break at=50%", "of=transfer do=stall at=30%", "of=transfer do=corrupt", "of=transfer do=stage-wrong image=fw:9",
		"of=transfer do=take for=2m", "of=transfer do=take for=0s",
	}},
	{"boots that go wrong", []string{
		"of=boot do=roll-back", "of=boot do=lose-staged", "of=boot do=forget", "of=boot do=never-return", "of=boot do=warm-up for=30s", "of=boot do=warm-up for=10m", "of=boot do=take for=90s",
	}},
	{"power cuts", []string{"of=transfer do=cut-power at=70%", "of=time do=cut-power", "of=any do=cut-power", "of=burn do=cut-power", "of=reboot do=cut-power"}},
	{mayHang, []string{
		"of=any do=refuse", "of=any do=hang", "of=any do=reset acts=false", "of=burn do=hang acts=true", "of=reboot do=hang acts=true",
	}},
	{"answers that get lost", []string{"of=health do=lose-answer", "of=burn do=lose-answer", "of=reboot do=lose-answer", "of=any do=lose-answer", "of=any do=reset"}},
	{mayBeSlow, []string{"of=any do=delay for=2s", "of=burn do=delay for=20s", "of=reboot do=delay for=20s", "of=health do=drip pace=100ms", "of=reboot do=linger for=40s"}},
	{"answers that can't be read", []string{
		"of=health do=truncate", "of=any do=garbage", "of=health do=wrong-type type=text/html", "of=any do=huge-header", "of=any do=endless", "of=health do=late-reset", "of=health do=full-body",
		"of=any do=skew-clock by=1h", "of=health do=other-device device=z",
	}},
	{mayBeWeak, []string{"of=health do=weak-etag"}},
	{"refusals by devices", []string{
		"of=burn do=status code=412", "of=reboot do=status code=500", "of=reboot do=status code=202", "of=any do=status code=503 retryAfter=30", "of=burn do=status code=202 acts=true",
		"of=any do=redirect to=http://elsewhere.example/",
	}},
	{"wrong answers", []string{
		"of=health do=stale age=40s", "of=health do=duplicate-key", "of=health do=wrong field=running value=fw:2", "of=health do=wrong field=healthy value=false",
	}},
}

// Grammar is what random worlds with devices are drawn from: unreliable devices, and
// people who change their minds. What it leaves out is wrong answers beyond the bound,
// under which little is promised, and kills of the control plane, which no other world
// could stand.
var Grammar = grammar()

func grammar() *explore.Grammar {
	kinds := []string{mayEdit, mayDelete, mayHold, mayCurl, mayUnname, mayBeFew, mayComeLate, mayBeOne, mayStep, mayGoBack}
	for _, f := range deviceFaults {
		kinds = append(kinds, f.kind)
	}
	return &explore.Grammar{Kinds: kinds, TimesOut: true, Declare: declareDevices, Begin: deployFirst, Actions: actions, End: endActions}
}

var images = []string{"fw:1", "fw:2", "fw:3"}

// declareDevices says what devices there are, and what goes wrong with them.
func declareDevices(d *explore.Draw) {
	stall := d.One("", "", fmt.Sprintf(" stall=%ds", 1+d.IntN(30)))
	d.Say("timing poll=%ds jitter=%s transfer=%ds reboot=%ds verify=%ds%s", 2+d.IntN(9), d.One("0%", "10%", "50%"), 60+d.IntN(90), 40+d.IntN(90), 20+d.IntN(40), stall)
	if d.May(mayBeOne) {
		d.Say("schedule %s", d.One("sequential", "sequential", "parallel"))
	}
	if d.May(mayBeFew) {
		d.Say("workers %d", 1+d.IntN(3))
	}
	d.Works = strings.Fields("a b c d e f g h")[:1+d.IntN(8)]
	for _, name := range d.Works {
		running, breaks := d.One("", "", "", " running=fw:2"), ""
		if d.May(mayGoWrong) {
			breaks = d.One("", "", "at=40% nth=1", "at=70%")
		}
		d.Say("device %s transfer=%ds..%ds reboot=%ds..%ds%s", name, d.IntN(20), 20+d.IntN(60), d.IntN(10), 10+d.IntN(40), running)
		if breaks != "" {
			d.Say("fault %s of=transfer do=break %s maybe", name, breaks)
		}
		for range d.IntN(4) {
			sayFault(d, name)
		}
		if d.May(mayGoBack) {
			// It is not healthy on what it boots, and its watchdog has it go back some time later.
			d.Say("fault %s of=boot do=warm-up for=10m nth=1 maybe", name)
			d.Say("fault %s of=boot do=go-back nth=2 maybe", name)
			d.Say("fault %s of=time do=cut-power from=%ds maybe", name, 30+d.IntN(120))
		}
	}
}

// sayFault says a fault of a device, if the world may have some.
func sayFault(d *explore.Draw, name string) {
	var all []string
	for _, f := range deviceFaults {
		if d.May(f.kind) {
			all = append(all, f.faults...)
		}
	}
	if len(all) == 0 {
		return
	}
	from, fault := d.IntN(200), d.One(all...)
	if strings.HasPrefix(fault, "of=time ") {
		d.Say("fault %s %s from=%ds maybe", name, fault, from)
		return
	}
	when := d.One("", fmt.Sprintf(" p=0.%d", 1+d.IntN(5)), fmt.Sprintf(" nth=%d", 1+d.IntN(3)), fmt.Sprintf(" every=%d", 2+d.IntN(3)), fmt.Sprintf(" from=%ds until=%ds", from, from+1+d.IntN(100)))
	d.Say("fault %s %s%s maybe", name, fault, when)
}

// deployFirst says what is deployed at first.
func deployFirst(d *explore.Draw) {
	together := d.IntN(len(d.Works) + 1)
	if together > 0 {
		sayDeploy(d, d.Works[:together]...)
	}
	for _, name := range d.Works[together:] {
		sayDeploy(d, name)
	}
}

func sayDeploy(d *explore.Draw, names ...string) {
	d.Say("deploy %s image=%s maxAttempts=%d backoffSeconds=%d%s", strings.Join(names, " "), d.One(images...), 1+d.IntN(3), d.IntN(40), d.One("", " concurrencyHint=3"))
}

// held is what a finalizer that is there is kept under, deleting that its object was
// deleted, and unnamed that a device's name is unknown.
const (
	held     = "held "
	deleting = "deleting "
	unnamed  = "unnamed "
)

var actions = []explore.Action{
	{Kind: mayEdit, Say: func(d *explore.Draw) { d.Say("edit %s image=%s", d.One(d.Works...), d.One(images...)) }},
	{Kind: mayEdit, Say: func(d *explore.Draw) {
		d.Say("edit %s %s", strings.Join(d.Some(d.Works...), " "), d.One(fmt.Sprintf("maxAttempts=%d", 1+d.IntN(3)), fmt.Sprintf("backoffSeconds=%d", d.IntN(40)), "concurrencyHint=7"))
	}},
	{Kind: mayDelete, Say: func(d *explore.Draw) {
		switch name := d.One(d.Works...); {
		case d.Is(deleting + name):
		case d.Is(held + name):
			d.Say("delete %s", name)
			d.Set(deleting+name, true)
		default:
			d.Say("delete %s", name)
			sayDeploy(d, name)
		}
	}},
	{Kind: mayHold, Say: func(d *explore.Draw) {
		if name := d.One(d.Works...); d.Is(held + name) {
			release(d, name)
		} else {
			d.Say("finalizer add %s", name)
			d.Set(held+name, true)
		}
	}},
	{Kind: mayCurl, Say: func(d *explore.Draw) { d.Say("curl burn %s image=%s", d.One(d.Works...), d.One(images...)) }},
	{Kind: mayCurl, Say: func(d *explore.Draw) { d.Say("curl reboot %s", d.One(d.Works...)) }},
	{Kind: mayUnname, Say: func(d *explore.Draw) {
		name := d.One(d.Works...)
		if d.Is(unnamed + name) {
			d.Say("dns up %s", name)
		} else {
			d.Say("dns down %s", name)
		}
		d.Set(unnamed+name, !d.Is(unnamed+name))
	}},
	{Kind: mayComeLate, Say: func(d *explore.Draw) { sayFault(d, d.One(d.Works...)) }},
	{Kind: mayStep, Say: sayStatus},
	{Kind: mayStep, Say: sayStatus},
}

// sayStatus says what somebody other than the operator writes into a status. The API
// server refuses most of it.
func sayStatus(d *explore.Draw) {
	var all []string
	for len(all) == 0 {
		phase := phases[d.IntN(len(phases))]
		if d.IntN(4) > 0 {
			all = append(all, "phase="+string(phase))
		}
		if phase == v1.Transferring || d.IntN(4) == 0 {
			all = append(all, fmt.Sprintf("attempts=%d", d.IntN(4)))
		}
		if d.IntN(6) == 0 {
			all = append(all, fmt.Sprintf("observedGeneration=%d", 1+d.IntN(3)))
		}
		if d.IntN(4) == 0 {
			all = append(all, "lastTransitionTime="+d.One("0s", "1m", "10m", "87600h"))
		}
	}
	d.Say("status %s %s", d.One(d.Works...), strings.Join(all, " "))
}

// release takes a finalizer away; if the object was deleted, another takes its place.
func release(d *explore.Draw, name string) {
	d.Say("finalizer remove %s", name)
	d.Set(held+name, false)
	if d.Is(deleting + name) {
		d.Set(deleting+name, false)
		sayDeploy(d, name)
	}
}

// endActions lets what was held go, and names what was unnamed.
func endActions(d *explore.Draw) {
	for _, name := range d.Works {
		if d.Is(held + name) {
			release(d, name)
		}
		if d.Is(unnamed + name) {
			d.Say("dns up %s", name)
		}
	}
}
