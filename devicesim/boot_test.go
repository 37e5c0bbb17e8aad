package devicesim

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestFaultsOfTheReboot(t *testing.T) {
	done := &TransferStatus{"k", "fw:2", "done", 100}
	for _, c := range []struct {
		name, faults string
		at           time.Duration
		want         Health
		story        []string // after the transfer
	}{
		{
			"takes longer", "{of: boot, do: take, for: 10m}", 630 * time.Second,
			Health{Running: "fw:2", Healthy: true, Transfer: done},
			[]string{"30s reboot-started fw:2", "10m30s booted fw:2"},
		},
		{
			"comes back on the old image", "{of: boot, do: roll-back}", 45 * time.Second,
			Health{Running: "fw:1", Healthy: true, Transfer: done},
			[]string{"30s reboot-started fw:2", "45s booted fw:1 by roll-back"},
		},
		{
			"loses the staged image", "{of: boot, do: lose-staged}", 45 * time.Second,
			Health{Running: "fw:1", Healthy: true},
			[]string{"30s reboot-started fw:2", "45s booted fw:1 by lose-staged"},
		},
		{
			"forgets everything", "{of: boot, do: forget}", 45 * time.Second,
			Health{Running: "fw:1", Healthy: true},
			[]string{"30s reboot-started fw:2", "45s state-lost fw:2 by forget", "45s booted fw:1 by forget"},
		},
		{
			"isn't healthy yet", "{of: boot, do: warm-up, for: 20s}", 45 * time.Second,
			Health{Running: "fw:2", Healthy: false, Transfer: done},
			[]string{"30s reboot-started fw:2", "45s booted fw:2 (not healthy) by warm-up"},
		},
		{
			"has nothing to go back to", "{of: boot, do: go-back}", 45 * time.Second,
			Health{Running: "fw:1", Healthy: true, Transfer: done},
			[]string{"30s reboot-started fw:2", "45s booted fw:1 by go-back"},
		},
		{
			"is never healthy", "{of: transfer, do: corrupt}, {of: boot, do: warm-up, for: 0s}", 45 * time.Second,
			Health{Running: "fw:2", Healthy: false, Transfer: done},
			[]string{"30s reboot-started fw:2", "45s booted fw:2 (not healthy)"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := serve(t, "{transfer: 30s, reboot: 15s, faults: ["+c.faults+"]}")
			staged := "30s image-staged fw:2"
			if strings.Contains(c.faults, "corrupt") {
				staged += " by corrupt"
			}
			r.post("/burn?image=fw:2&key=k")
			r.after(30 * time.Second)
			r.post("/reboot")
			r.after(c.at - time.Millisecond)
			r.mustFail(http.MethodGet, "/health")
			r.after(c.at)
			mustShow(t, r.health(), c.want)
			r.mustHaveDone(append([]string{"0s burn-started fw:2", staged}, c.story...)...)
		})
	}
}

// TestADeviceWarmsUp says that it is healthy from the moment on that the plan
// says, that its ETag changes with that, and that a power cut starts it again.
func TestADeviceWarmsUp(t *testing.T) {
	r := serve(t, "{transfer: 30s, reboot: 15s, faults: [{of: boot, nth: 1, do: warm-up, for: 20s}, {of: boot, nth: 2, do: warm-up, for: 5s}, {of: time, from: 30s, do: cut-power}]}")
	r.post("/reboot")
	r.after(15 * time.Second)
	cold := r.tag()
	r.after(30 * time.Second)
	r.mustFail(http.MethodGet, "/health")
	r.after(50*time.Second - time.Microsecond)
	mustShow(t, r.health(), Health{Running: "fw:1"})
	if r.Truth().Healthy {
		t.Error("it is healthy too early")
	}
	again := r.tag()
	r.after(50 * time.Second)
	mustShow(t, r.health(), Health{Running: "fw:1", Healthy: true})
	if warm := r.tag(); warm == again || again == cold || !r.Truth().Healthy {
		t.Errorf("ETags %s, %s and %s", cold, again, warm)
	}
	r.mustHaveDone(
		"0s reboot-started ", "15s booted fw:1 (not healthy) by warm-up", "30s power-cut  by cut-power",
		"45s booted fw:1 (not healthy) by warm-up", "50s became-healthy fw:1",
	)
}

// TestADeviceGoesBack has it come back on the image before, and from there on the one after
// that; once a burn has begun, there is nothing to go back to.
func TestADeviceGoesBack(t *testing.T) {
	r := serve(t, "{transfer: 30s, reboot: 10s, faults: [{of: boot, from: 50s, do: go-back}, {of: time, from: 50s, do: cut-power}, {of: time, from: 70s, do: cut-power}, {of: time, from: 100s, do: cut-power}]}")
	r.post("/burn?image=fw:2&key=k")
	r.after(30 * time.Second)
	r.post("/reboot")
	for _, c := range []struct {
		at      time.Duration
		running string
	}{{40, "fw:2"}, {60, "fw:1"}, {80, "fw:2"}} {
		r.after(c.at * time.Second)
		if h := r.health(); h.Running != c.running || h.Staged != nil {
			t.Errorf("after %ds it shows %+v", c.at, h)
		}
	}
	r.after(90 * time.Second)
	r.post("/burn?image=fw:3&key=l")
	r.after(110 * time.Second)
	if h := r.health(); h.Running != "fw:2" {
		t.Errorf("after a burn it shows %+v", h)
	}
	r.mustHaveDone(
		"0s burn-started fw:2", "30s image-staged fw:2", "30s reboot-started fw:2", "40s booted fw:2",
		"50s power-cut  by cut-power", "1m0s booted fw:1 by go-back", "1m10s power-cut  by cut-power", "1m20s booted fw:2 by go-back",
		"1m30s burn-started fw:3", "1m40s transfer-failed fw:3 by cut-power", "1m40s power-cut  by cut-power", "1m50s booted fw:2 by go-back",
	)
}

// TestADeviceThatLingers asks it twice, and a third time once it is back.
func TestADeviceThatLingers(t *testing.T) {
	r := serve(t, "{transfer: 30s, reboot: 15s, faults: [{of: reboot, nth: 1, do: linger, for: 10s}, {of: time, from: 100s, do: cut-power}]}")
	r.post("/burn?image=fw:2")
	r.after(30 * time.Second)
	tag := r.tag()
	for _, at := range []time.Duration{30, 35, 39} {
		r.after(at * time.Second)
		if h := r.mustAsk(http.MethodPost, "/reboot", "If-Match", tag); h.status != http.StatusAccepted {
			t.Errorf("after %v: %d", at*time.Second, h.status)
		}
		if h := r.health(); h.Running != "fw:1" || h.Staged == nil {
			t.Errorf("after %v it shows %+v", at*time.Second, h)
		}
	}
	r.after(40 * time.Second)
	r.mustFail(http.MethodGet, "/health")
	r.after(55 * time.Second)
	if h := r.mustAsk(http.MethodPost, "/reboot", "If-Match", tag); h.status != http.StatusPreconditionFailed {
		t.Errorf("asked for once more: %d", h.status)
	}
	r.after(2 * time.Minute)
	r.health()
	r.mustHaveDone("0s burn-started fw:2", "30s image-staged fw:2", "40s reboot-started fw:2", "55s booted fw:2", "1m40s power-cut  by cut-power", "1m55s booted fw:2")
}

// TestAPowerCutEndsLingering has nothing of the reboot left over.
func TestAPowerCutEndsLingering(t *testing.T) {
	r := serve(t, "{reboot: 15s, faults: [{of: reboot, do: linger, for: 10s}, {of: time, from: 5s, do: cut-power}]}")
	r.post("/reboot")
	r.after(time.Minute)
	r.health()
	r.mustHaveDone("5s power-cut  by cut-power", "20s booted fw:1")
}

func TestADeviceThatNeverReturns(t *testing.T) {
	r := serve(t, "faults: [{of: boot, nth: 1, do: never-return}]")
	r.post("/reboot")
	r.after(300 * 24 * time.Hour)
	r.mustFail(http.MethodGet, "/health")
	if r.Truth().Up {
		t.Error("it is up")
	}
	r.mustHaveDone("0s reboot-started  by never-return")
}

func TestAPowerCutAtATime(t *testing.T) {
	r := serve(t, "{transfer: 30s, reboot: 15s, faults: [{of: time, from: 10s, do: cut-power}, {of: time, from: 20s, do: cut-power}, {of: time, from: 40s, do: cut-power}]}")
	r.post("/burn?image=fw:2")
	r.after(time.Minute)
	r.health()
	// The one at 20 s meets a device that is down already.
	r.mustHaveDone(
		"0s burn-started fw:2", "10s transfer-failed fw:2 by cut-power", "10s power-cut  by cut-power", "25s booted fw:1",
		"40s power-cut  by cut-power", "55s booted fw:1",
	)
}

func TestAPowerCutInsteadOfAnAnswer(t *testing.T) {
	r := serve(t, "{transfer: 30s, reboot: 15s, faults: [{of: burn, nth: 1, do: cut-power}, {of: health, nth: 1, do: cut-power}]}")
	r.mustFail(http.MethodPost, "/burn?image=fw:2")
	r.after(20 * time.Second)
	r.mustFail(http.MethodGet, "/health")
	r.after(40 * time.Second)
	r.health()
	r.mustHaveDone(
		"0s burn-started fw:2", "0s transfer-failed fw:2 by cut-power", "0s power-cut  by cut-power", "15s booted fw:1",
		"20s power-cut  by cut-power", "35s booted fw:1",
	)
}

func TestAFaultAddedLaterMatchesFromThenOn(t *testing.T) {
	r := serve(t, "{reboot: 15s}")
	r.health()
	r.after(time.Minute)
	for _, f := range []map[string]string{
		{"of": "health", "do": "status", "code": "503", "nth": "2"},
		{"of": "time", "do": "cut-power", "from": "30s"},
		{"of": "time", "do": "cut-power", "from": "2m"},
	} {
		fault, err := ParseFault(f)
		if err != nil {
			t.Fatal(err)
		}
		r.AddFault(fault)
	}
	r.after(90 * time.Second)
	if h := r.mustAsk(http.MethodGet, "/health"); h.status != 503 {
		t.Errorf("the 2nd reading got %d", h.status)
	}
	r.after(3 * time.Minute)
	r.mustHaveDone("1m0s power-cut  by cut-power", "1m15s booted fw:1", "2m0s power-cut  by cut-power", "2m15s booted fw:1")
}

func TestBootIDsAndETagsNeverRepeat(t *testing.T) {
	r := serve(t, "{transfer: 30s, reboot: 15s, faults: [{of: boot, every: 2, do: forget}, {of: boot, every: 3, do: roll-back}, {of: transfer, every: 2, do: break, at: 50%}]}")
	boots, tags, last := map[string]bool{}, map[string]string{}, ""
	// check notes the ETag, which has to be a new one or the last one.
	check := func(doing string, changed bool) {
		t.Helper()
		tag := r.tag()
		if before, known := tags[tag]; known && tag != last {
			t.Fatalf("%s: the ETag %s was there before, %s", doing, tag, before)
		}
		if (tag != last) != changed {
			t.Fatalf("%s: ETag %s after %s", doing, tag, last)
		}
		tags[tag], last = doing, tag
	}
	check("at first", true)
	boots[r.health().BootID] = true
	at := time.Duration(0)
	step := func(d time.Duration) { at += d; r.after(at) }
	for range 8 {
		r.post("/burn?image=fw:2")
		check("a transfer began", true)
		step(10 * time.Second)
		check("it goes on", false)
		r.post("/burn?image=fw:2")
		check("another replaced it", true)
		step(30 * time.Second)
		check("it ended", true)
		r.post("/reboot")
		step(15 * time.Second)
		check("it booted", true)
		if id := r.health().BootID; boots[id] {
			t.Fatalf("boot id %s was there before", id)
		} else {
			boots[id] = true
		}
	}
	// A device that lived before, with the same name and seed.
	again := New(r.cfg, r.clock)
	if id := again.bootID(again.state); boots[id] {
		t.Errorf("a new life begins with boot id %s, which the last one had", id)
	}
}
