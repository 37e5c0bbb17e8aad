package devicesim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Health is the body of the answer to GET /health.
type Health struct {
	// Device is the device's name.
	Device string `json:"device"`
	// BootID changes with every boot and never repeats.
	BootID string `json:"bootID"`
	// Running is the image that runs.
	Running string `json:"running"`
	// Healthy says whether the device is healthy on the running image.
	Healthy bool `json:"healthy"`
	// Staged is what the next reboot will run; absent if nothing is staged.
	Staged *StagedImage `json:"staged,omitempty"`
	// Transfer is the last transfer; absent if the device knows of none.
	Transfer *TransferStatus `json:"transfer,omitempty"`
}

// StagedImage is an image in the free slot.
type StagedImage struct {
	// Image is the image.
	Image string `json:"image"`
	// Key is the key of the burn that staged it.
	Key string `json:"key"`
}

// TransferStatus is the state of a transfer.
type TransferStatus struct {
	// Key is the key of the burn that started it.
	Key string `json:"key"`
	// Image is the image that is transferred.
	Image string `json:"image"`
	// State is running, done or failed.
	State string `json:"state"`
	// Progress is how far it has got, in percent.
	Progress int `json:"progress"`
}

// reading is the content of one answer to GET /health.
type reading struct {
	Health
	etag         string
	saysNoHealth bool // a lie leaves it out
	fraction     bool // a lie makes the progress one
}

// reading is what GET /health shows of a state at a time.
func (d *Device) reading(s state, now time.Time) reading {
	r := reading{
		Health: Health{Device: d.cfg.Name, BootID: d.bootID(s), Running: s.running, Healthy: s.healthy()},
		etag:   d.etag(s),
	}
	if s.staged.image != "" {
		r.Staged = &StagedImage{Image: s.staged.image, Key: s.staged.key}
	}
	r.Transfer = s.transfer.status(now)
	return r
}

// status is what GET /health shows of a transfer at a time, nil if there is none.
func (t transfer) status(now time.Time) *TransferStatus {
	if t.state == "" {
		return nil
	}
	return &TransferStatus{Key: t.key, Image: t.image, State: t.state, Progress: t.progress(now)}
}

// etag identifies the device's state. It changes with every boot, whenever a
// transfer begins or ends and whenever the device's health changes, but not with a
// transfer's progress.
func (d *Device) etag(s state) string { return fmt.Sprintf(`"%s.%d"`, d.bootID(s), s.revision) }

// bootID never repeats, whatever the device forgets. It contains the number of
// boots, which the device never forgets, and the time of its start, which differs
// from that of any earlier process.
func (d *Device) bootID(s state) string {
	return fmt.Sprintf("%s.%x.%d", d.cfg.Name, d.start.UnixMicro(), s.boots)
}

// answer puts a reading into an HTTP answer.
func (r reading) answer(date time.Time) answer {
	var said any = r.Health
	switch {
	case r.saysNoHealth:
		said = struct {
			Health
			Healthy *bool `json:"healthy,omitempty"` // it hides the other, and is never set
		}{Health: r.Health}
	case r.fraction:
		type transfer struct {
			TransferStatus
			Progress float64 `json:"progress"` // it hides the other
		}
		said = struct {
			Health
			Transfer transfer `json:"transfer"` // it hides the other
		}{r.Health, transfer{*r.Transfer, float64(r.Transfer.Progress) + 0.5}}
	}
	body, err := json.Marshal(said)
	if err != nil {
		panic(err) // strings, a bool and numbers always marshal
	}
	a := newAnswer(http.StatusOK, date)
	a.header.Set("ETag", r.etag)
	a.json("application/json", body)
	return a
}
