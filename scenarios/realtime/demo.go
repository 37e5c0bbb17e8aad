package realtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/osprocess"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// Screen shows a demo.
type Screen interface {
	// Say adds a line to what happened so far.
	Say(line string)
	// Show replaces the table of the present state.
	Show(table []string)
}

// demoDevices are the devices of the demo. The manager is killed while the first one
// is being burned.
var demoDevices = []struct {
	name, plan string
	outcome    Outcome
}{
	{"press-01", "{transfer: 8s, reboot: 3s}",
		Outcome{Phase: v1.Succeeded, Attempts: 1, Runs: target}},
	{"press-02", "{transfer: 6s, reboot: 3s, faults: [{of: transfer, nth: 1, do: break, at: 40%}]}",
		Outcome{Phase: v1.Succeeded, Attempts: 2, Runs: target}},
	{"press-03", "{transfer: 5s, reboot: 3s, faults: [{of: transfer, every: 1, do: break, at: 70%}]}",
		Outcome{Phase: v1.Failed, Attempts: demoAttempts, Runs: before}},
}

const (
	demoAttempts = 3
	demoBackoff  = 2 // seconds
	// killAt is the progress of the first device's transfer, in per cent, from which
	// on the manager is killed.
	killAt = 40
	// outage is how long no manager runs after that.
	outage = 3 * time.Second
	// demoLimit bounds the demo, which takes about 20 s.
	demoLimit = 3 * time.Minute
	// frame is the interval at which devices and manager are checked.
	frame = 250 * time.Millisecond
)

// demo is a running demo.
type demo struct {
	site    *Site
	screen  Screen
	began   time.Time
	manager *osprocess.Process // nil while there is none
	killed  time.Time          // zero until the manager was killed
	killSaw int                // the transfer's progress then, in per cent
	health  map[string]string
	history map[string][]invariant.Version // of each device's object, oldest first
}

// Demo rolls an image out to three devices on a site that has none yet: one succeeds,
// one fails and recovers, one fails for good. The manager is killed while the first
// one is being burned, and started again. Then Demo compares the objects in the API
// server with the devices' own logs, and returns a verdict of one line. The error
// lists what was wrong, or is the context's.
func (s *Site) Demo(ctx context.Context, screen Screen) (verdict string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, demoLimit, fmt.Errorf("given up after %v", demoLimit))
	defer cancel()
	d := &demo{site: s, screen: screen, began: time.Now(), health: map[string]string{}, history: map[string][]invariant.Version{}}
	changes, err := s.client.Watch(ctx, &v1.DeviceDeploymentList{},
		&client.ListOptions{Namespace: namespace, Raw: &metav1.ListOptions{ResourceVersion: "0"}})
	if err != nil {
		return "", err
	}
	defer changes.Stop()
	for _, c := range demoDevices {
		if _, err := s.AddDevice(ctx, c.name, c.plan); err != nil {
			return "", err
		}
		if err := s.Deploy(ctx, c.name, demoAttempts, demoBackoff); err != nil {
			return "", err
		}
	}
	if err := d.startManager("started"); err != nil {
		return "", err
	}
	if err := d.play(ctx, changes.ResultChan()); err != nil {
		return "", err
	}
	return d.verdict(ctx)
}

// play runs until every rollout has ended.
func (d *demo) play(ctx context.Context, changes <-chan watch.Event) error {
	frames := time.NewTicker(frame)
	defer frames.Stop()
	for {
		var managerDone <-chan struct{}
		if d.manager != nil {
			managerDone = d.manager.Done()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-managerDone:
			return fmt.Errorf("the manager ended by itself, with %v; the last that it wrote:\n%s", d.manager.State(), d.manager.Tail())
		case e := <-changes:
			dd, ok := e.Object.(*v1.DeviceDeployment)
			if !ok {
				return fmt.Errorf("the watch broke: %v", e.Object)
			}
			d.tell(dd)
		case <-frames.C:
			if err := d.frame(ctx); err != nil {
				return err
			}
		}
		d.screen.Show(d.table())
		if d.over() {
			return nil
		}
	}
}

// tell adds a new version of an object to the history, and says what changed.
func (d *demo) tell(dd *v1.DeviceDeployment) {
	versions := d.history[dd.Name]
	// In real time a watch lags. To compare a version with the device's log, use the
	// time in its status, not the time at which it arrived.
	version := invariant.Version{At: dd.CreationTimestamp.Time, Object: dd}
	if dd.Status.ObservedGeneration > 0 {
		version.At = dd.Status.LastTransitionTime.Time
	}
	d.history[dd.Name] = append(versions, version)
	switch {
	case dd.Status.ObservedGeneration == 0:
		d.say(dd.Name, "created: "+dd.Spec.Image)
		return
	case len(versions) == 0 || versions[len(versions)-1].Object.Status.ObservedGeneration == 0:
		d.say(dd.Name, string(dd.Status.Phase))
		return
	}
	line := fmt.Sprintf("%s → %s, attempt %d", versions[len(versions)-1].Object.Status.Phase, dd.Status.Phase, dd.Status.Attempts)
	if dd.Status.Phase == v1.Pending || dd.Status.Phase == v1.Failed {
		line += ": " + dd.Status.LastError
	}
	d.say(dd.Name, line)
}

func (d *demo) say(who, what string) {
	d.screen.Say(fmt.Sprintf("%5.1fs  %-8s  %s", time.Since(d.began).Seconds(), who, what))
}

// frame asks the devices for their health, and kills or starts the manager when it
// is time for that.
func (d *demo) frame(ctx context.Context) error {
	for n, device := range d.site.devices {
		h, err := device.Health(ctx)
		if err != nil {
			d.health[device.Name] = "down"
			continue
		}
		d.health[device.Name] = inWords(h)
		if t := h.Transfer; n == 0 && d.killed.IsZero() && t != nil && t.State == "running" && t.Progress >= killAt {
			d.manager.Kill()
			d.manager, d.killed, d.killSaw = nil, time.Now(), t.Progress
			d.say("manager", fmt.Sprintf("killed (SIGKILL), %s at %d %% of its transfer", device.Name, t.Progress))
		}
	}
	if d.manager == nil && time.Since(d.killed) >= outage {
		return d.startManager("started again")
	}
	return nil
}

func (d *demo) startManager(how string) (err error) {
	d.manager, err = d.site.StartManager("--poll-interval=500ms", "--call-timeout=2s",
		"--transfer-timeout=60s", "--reboot-timeout=30s", "--verify-timeout=30s")
	if err == nil {
		d.say("manager", fmt.Sprintf("%s, process %d", how, d.manager.ID()))
	}
	return err
}

// inWords describes a device's health in a few words.
func inWords(h devicesim.Health) string {
	words := []string{"runs " + h.Running}
	if t := h.Transfer; t != nil && t.State == "running" {
		words = append(words, fmt.Sprintf("%d %% of %s", t.Progress, t.Image))
	} else if t != nil && t.State == "failed" {
		words = append(words, fmt.Sprintf("broke at %d %%", t.Progress))
	}
	if h.Staged != nil {
		words = append(words, h.Staged.Image+" is staged")
	}
	return strings.Join(words, ", ")
}

// table is the present state of every device and of the manager.
func (d *demo) table() []string {
	const row = "%-8s  %-12s  %-8s  %-24s  %s"
	lines := []string{"", fmt.Sprintf(row, "DEVICE", "PHASE", "ATTEMPT", "THE DEVICE ITSELF", "LAST ERROR")}
	for _, c := range demoDevices {
		versions := d.history[c.name]
		var s v1.DeviceDeploymentStatus
		if len(versions) > 0 {
			s = versions[len(versions)-1].Object.Status
		}
		line := fmt.Sprintf(row, c.name, s.Phase, fmt.Sprintf("%d of %d", s.Attempts, demoAttempts), d.health[c.name], s.LastError)
		lines = append(lines, strings.TrimRight(line, " "))
	}
	manager := "manager   DEAD"
	if d.manager != nil {
		manager = fmt.Sprintf("manager   process %d", d.manager.ID())
	}
	kills := 0
	if !d.killed.IsZero() {
		kills = 1
	}
	return append(lines, fmt.Sprintf("%s, killed %d×", manager, kills), "")
}

// over says whether every rollout has ended and a manager runs again.
func (d *demo) over() bool {
	for _, c := range demoDevices {
		versions := d.history[c.name]
		if len(versions) == 0 {
			return false
		}
		s := versions[len(versions)-1].Object.Status
		if s.Phase != v1.Succeeded && s.Phase != v1.Failed {
			return false
		}
	}
	return d.manager != nil
}

// verdict ends the devices and checks their logs.
func (d *demo) verdict(ctx context.Context) (string, error) {
	var wrong []error
	var words []string
	burns := 0
	for n, c := range demoDevices {
		running, changes, err := d.site.devices[n].Finish(ctx)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		versions := d.history[c.name]
		wrong = append(wrong, c.outcome.Check(versions[len(versions)-1].Object, running, changes))
		for _, i := range promises {
			if b := i.Check(invariant.Evidence{Versions: versions, Initial: before, StateChanges: changes}); b != nil {
				wrong = append(wrong, fmt.Errorf("%s: %s; expected: %s, found: %s", c.name, i.Promise(), b.Expected, b.Found))
			}
		}
		if n == 0 && !underWay(changes, d.killed) {
			wrong = append(wrong, fmt.Errorf("%s: no transfer lived through the manager's death", c.name))
		}
		for _, change := range changes {
			if change.Kind == devicesim.BurnStarted {
				burns++
			}
		}
		words = append(words, fmt.Sprintf("%s %s, attempt %d of %d, runs %s", c.name, c.outcome.Phase, c.outcome.Attempts, demoAttempts, running))
	}
	if err := errors.Join(wrong...); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s; %d burns in the devices' own logs, none twice; the transfer under way at the kill (%d %%) went on; %d invariants held; %.0f s",
		strings.Join(words, "; "), burns, d.killSaw, len(promises), time.Since(d.began).Seconds()), nil
}

// promises are the invariants that an object's history and its device's log suffice
// for: nobody records the manager's requests here.
var promises = []invariant.Invariant{invariant.Monotonic{}, invariant.AttemptsExact{}, invariant.SucceededRuns{}, invariant.OncePerAttempt{}}

// underWay says whether a transfer was under way at a time and succeeded later.
func underWay(changes []devicesim.StateChange, at time.Time) bool {
	for n, change := range changes {
		if change.Kind == devicesim.ImageStaged {
			return change.At.After(at) && n > 0 && changes[n-1].Kind == devicesim.BurnStarted && changes[n-1].At.Before(at)
		}
	}
	return false
}
