package devicesim

import (
	"net/http"
	"testing"
	"time"
)

func TestATransferStagesItsImageAndARebootRunsIt(t *testing.T) {
	r := serve(t, "{transfer: 30s, reboot: 15s}")
	r.post("/burn?image=fw:2&key=a/1/1")
	r.after(12 * time.Second)
	h := r.health()
	if h.Running != "fw:1" || h.Staged != nil || *h.Transfer != (TransferStatus{"a/1/1", "fw:2", "running", 40}) {
		t.Errorf("midway: %+v, transfer %+v", h, h.Transfer)
	}
	r.after(30 * time.Second)
	h = r.health()
	if h.Running != "fw:1" || *h.Staged != (StagedImage{"fw:2", "a/1/1"}) || *h.Transfer != (TransferStatus{"a/1/1", "fw:2", "done", 100}) {
		t.Errorf("staged: %+v, transfer %+v", h, h.Transfer)
	}
	r.post("/reboot")
	r.mustFail(http.MethodGet, "/health")
	r.mustFail(http.MethodPost, "/burn?image=fw:9")
	r.mustFail(http.MethodGet, "/nowhere")
	r.after(45 * time.Second)
	h = r.health()
	if h.Running != "fw:2" || !h.Healthy || h.Staged != nil || h.Transfer.State != "done" {
		t.Errorf("back: %+v", h)
	}
	r.mustHaveDone("0s burn-started fw:2", "30s image-staged fw:2", "30s reboot-started fw:2", "45s booted fw:2")
}

func TestABurnEmptiesTheSlotAndReplacesATransfer(t *testing.T) {
	r := serve(t, "{transfer: 30s}")
	r.post("/burn?image=fw:2&key=1")
	r.after(30 * time.Second)
	r.post("/burn?image=fw:3&key=2")
	if h := r.health(); h.Staged != nil {
		t.Errorf("what was staged is still there: %+v", h.Staged)
	}
	r.after(40 * time.Second)
	r.post("/burn?image=fw:4&key=3")
	r.after(2 * time.Minute)
	if h := r.health(); h.Staged.Image != "fw:4" || h.Transfer.Key != "3" {
		t.Errorf("the last burn doesn't count: %+v %+v", h.Staged, h.Transfer)
	}
	r.mustHaveDone("0s burn-started fw:2", "30s image-staged fw:2", "30s burn-started fw:3", "40s burn-started fw:4", "1m10s image-staged fw:4")
}

func TestARebootFailsATransferUnderWay(t *testing.T) {
	r := serve(t, "{transfer: 30s, reboot: 15s}")
	r.post("/burn?image=fw:2&key=1")
	r.after(15 * time.Second)
	r.post("/reboot")
	r.after(time.Minute)
	if h := r.health(); h.Running != "fw:1" || h.Staged != nil || *h.Transfer != (TransferStatus{"1", "fw:2", "failed", 50}) {
		t.Errorf("%+v, transfer %+v", h, h.Transfer)
	}
}

func TestAChoiceOfTimeIsDrawnFromTheSeed(t *testing.T) {
	ends := map[time.Duration]bool{}
	for seed := range uint64(20) {
		r := serve(t, "{transfer: 20s..40s}")
		r.cfg.Seed = seed
		r.post("/burn?image=fw:2")
		r.after(time.Minute)
		took := r.Truth().Changes[1].At.Sub(r.start)
		if took < 20*time.Second || took > 40*time.Second {
			t.Errorf("seed %d: the transfer took %v", seed, took)
		}
		ends[took] = true
	}
	if len(ends) < 15 {
		t.Errorf("20 seeds gave only %d different times", len(ends))
	}
}

func TestFaultsOfTheTransfer(t *testing.T) {
	for _, c := range []struct {
		name, faults string
		at           time.Duration
		want         Health // but for device and bootID
		story        []string
	}{
		{
			"breaks", "{of: transfer, do: break, at: 40%}", 12 * time.Second,
			Health{Running: "fw:1", Healthy: true, Transfer: &TransferStatus{"k", "fw:2", "failed", 40}},
			[]string{"0s burn-started fw:2", "12s transfer-failed fw:2 by break"},
		},
		{
			"stalls", "{of: transfer, do: stall, at: 40%}", 24 * time.Hour,
			Health{Running: "fw:1", Healthy: true, Transfer: &TransferStatus{"k", "fw:2", "running", 40}},
			[]string{"0s burn-started fw:2", "12s transfer-stalled fw:2 by stall"},
		},
		{
			"stages another image", "{of: transfer, do: stage-wrong, image: fw:9}", 30 * time.Second,
			Health{Running: "fw:1", Healthy: true, Staged: &StagedImage{"fw:9", "k"}, Transfer: &TransferStatus{"k", "fw:2", "done", 100}},
			[]string{"0s burn-started fw:2", "30s image-staged fw:9 by stage-wrong"},
		},
		{
			"stages it corrupt", "{of: transfer, do: corrupt}", 30 * time.Second,
			Health{Running: "fw:1", Healthy: true, Staged: &StagedImage{"fw:2", "k"}, Transfer: &TransferStatus{"k", "fw:2", "done", 100}},
			[]string{"0s burn-started fw:2", "30s image-staged fw:2 by corrupt"},
		},
		{
			"takes longer", "{of: transfer, do: take, for: 10m}", 10 * time.Minute,
			Health{Running: "fw:1", Healthy: true, Staged: &StagedImage{"fw:2", "k"}, Transfer: &TransferStatus{"k", "fw:2", "done", 100}},
			[]string{"0s burn-started fw:2", "10m0s image-staged fw:2"},
		},
		{
			"loses power", "{of: transfer, do: cut-power, at: 40%}", 27 * time.Second,
			Health{Running: "fw:1", Healthy: true, Transfer: &TransferStatus{"k", "fw:2", "failed", 40}},
			[]string{"0s burn-started fw:2", "12s transfer-failed fw:2 by cut-power", "12s power-cut  by cut-power", "27s booted fw:1"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := serve(t, "{transfer: 30s, reboot: 15s, faults: ["+c.faults+"]}")
			r.post("/burn?image=fw:2&key=k")
			r.after(c.at)
			mustShow(t, r.health(), c.want)
			r.mustHaveDone(c.story...)
		})
	}
}

func TestACorruptImageShowsOnlyOnceItRuns(t *testing.T) {
	r := serve(t, "{transfer: 30s, reboot: 15s, faults: [{of: transfer, nth: 1, do: corrupt}]}")
	r.post("/burn?image=fw:2")
	r.after(30 * time.Second)
	r.post("/reboot")
	r.after(45 * time.Second)
	if h := r.health(); h.Running != "fw:2" || h.Healthy || r.Truth().Healthy {
		t.Errorf("it runs %s, healthy: %t, in truth: %t", h.Running, h.Healthy, r.Truth().Healthy)
	}
	r.post("/burn?image=fw:2")
	r.after(75 * time.Second)
	r.post("/reboot")
	r.after(90 * time.Second)
	if h := r.health(); !h.Healthy {
		t.Error("a whole image burned over it is not healthy either")
	}
	r.mustHaveDone(
		"0s burn-started fw:2", "30s image-staged fw:2 by corrupt", "30s reboot-started fw:2", "45s booted fw:2 (not healthy)",
		"45s burn-started fw:2", "1m15s image-staged fw:2", "1m15s reboot-started fw:2", "1m30s booted fw:2",
	)
}

// mustShow compares health answers, but for the names in them.
func mustShow(t *testing.T, got, want Health) {
	t.Helper()
	got.Device, got.BootID = "", ""
	a, b := reading{Health: got}.answer(time.Time{}), reading{Health: want}.answer(time.Time{})
	if string(a.body) != string(b.body) {
		t.Errorf("it shows\n%sand should show\n%s", a.body, b.body)
	}
}
