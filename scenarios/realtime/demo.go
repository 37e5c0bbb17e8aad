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

// Screen is what a demo is seen on.
type Screen interface {
	// Say adds a line to the story.
	Say(line string)
	// Show shows how things stand, in the place of what was shown before.
	Show(table []string)
}

// cast is who plays in the demo. The first one is the one that is being burned
// when the manager is killed.
var cast = []struct {
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
	// killAt is how far the first device's transfer is when the manager is
	// killed, in percent, or a little more.
	killAt = 40
	// outage is how long there is no manager then.
	outage = 3 * time.Second
	// demoLimit is when the demo is given up. It takes some 20 s.
	demoLimit = 3 * time.Minute
	// frame is the pause between two looks at everything.
	frame = 250 * time.Millisecond
)

// demo is a demo under way.
type demo struct {
	site    *Site
	screen  Screen
	began   time.Time
	manager *osprocess.Process // nil while there is none
	killed  time.Time          // zero until the manager was killed
	killSaw int                // the transfer's progress then, in percent
	health  map[string]string
	history map[string][]invariant.Version // of each device's object, oldest first
}

// Demo plays a rollout to three devices on a site without any: one goes well,
// one fails and recovers, one fails for good, and the manager is killed while
// the first one is being burned, and started again. Then it compares what the
// API server says with what the devices wrote down themselves, and returns a
// verdict of one line. The error tells what was wrong, or is the context's.
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
	for _, c := range cast {
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

// play goes on until every rollout has ended.
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

// tell takes a new version of an object to the history, and tells of it.
func (d *demo) tell(dd *v1.DeviceDeployment) {
	versions := d.history[dd.Name]
	// In real time a watch is behind: what a version may be compared with the
	// diary by is the time that it carries.
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

// frame looks at the devices themselves, and kills or starts the manager where
// that is due.
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

// inWords is how a device stands, in a few words.
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

// table is how everything stands.
func (d *demo) table() []string {
	const row = "%-8s  %-12s  %-8s  %-24s  %s"
	lines := []string{"", fmt.Sprintf(row, "DEVICE", "PHASE", "ATTEMPT", "THE DEVICE ITSELF", "LAST ERROR")}
	for _, c := range cast {
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

// over tells whether every rollout has ended, with a manager there again.
func (d *demo) over() bool {
	for _, c := range cast {
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

// verdict ends the devices and judges by what they wrote down.
func (d *demo) verdict(ctx context.Context) (string, error) {
	var wrong []error
	var words []string
	burns := 0
	for n, c := range cast {
		running, deeds, err := d.site.devices[n].Account(ctx)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		versions := d.history[c.name]
		wrong = append(wrong, c.outcome.Check(versions[len(versions)-1].Object, running, deeds))
		for _, i := range promises {
			if b := i.Check(invariant.Evidence{Versions: versions, Initial: before, Deeds: deeds}); b != nil {
				wrong = append(wrong, fmt.Errorf("%s: %s; expected: %s, found: %s", c.name, i.Promise(), b.Expected, b.Found))
			}
		}
		if n == 0 && !underWay(deeds, d.killed) {
			wrong = append(wrong, fmt.Errorf("%s: no transfer lived through the manager's death", c.name))
		}
		for _, deed := range deeds {
			if deed.Kind == devicesim.BurnBegan {
				burns++
			}
		}
		words = append(words, fmt.Sprintf("%s %s, attempt %d of %d, runs %s", c.name, c.outcome.Phase, c.outcome.Attempts, demoAttempts, running))
	}
	if err := errors.Join(wrong...); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s; %d burns in the devices' own diaries, none twice; the transfer under way at the kill (%d %%) went on; %d invariants held; %.0f s",
		strings.Join(words, "; "), burns, d.killSaw, len(promises), time.Since(d.began).Seconds()), nil
}

// promises are the invariants that an object's history and its device's diary
// are evidence enough for: nobody has recorded the manager's requests.
var promises = []invariant.Invariant{invariant.Monotonic{}, invariant.AttemptsExact{}, invariant.SucceededRuns{}, invariant.OncePerAttempt{}}

// underWay tells whether a device was being burned at a time, and that very
// transfer ended well later.
func underWay(deeds []devicesim.StateChange, at time.Time) bool {
	for n, deed := range deeds {
		if deed.Kind == devicesim.Staged {
			return deed.At.After(at) && n > 0 && deeds[n-1].Kind == devicesim.BurnBegan && deeds[n-1].At.Before(at)
		}
	}
	return false
}
