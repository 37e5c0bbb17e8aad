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
	// Healthy says whether what runs is sound.
	Healthy bool `json:"healthy"`
	// Staged is what the next reboot will run; absent where nothing is staged.
	Staged *StagedImage `json:"staged,omitempty"`
	// Transfer is the last transfer; absent where the device knows of none.
	Transfer *TransferStatus `json:"transfer,omitempty"`
}

// StagedImage is an image in the free slot.
type StagedImage struct {
	// Image is the image.
	Image string `json:"image"`
	// Key is the key of the burn that staged it.
	Key string `json:"key"`
}

// TransferStatus is how a transfer stands.
type TransferStatus struct {
	// Key is the key of the burn that began it.
	Key string `json:"key"`
	// Image is what is transferred.
	Image string `json:"image"`
	// State is running, done or failed.
	State string `json:"state"`
	// Progress is how far it came, in percent.
	Progress int `json:"progress"`
}

// reading is what one answer to GET /health says.
type reading struct {
	Health
	etag string
}

// reading is what a state looks like at a time.
func (d *Device) reading(s state, now time.Time) reading {
	r := reading{
		Health: Health{Device: d.cfg.Name, BootID: d.bootID(s), Running: s.running, Healthy: s.healthy()},
		etag:   d.etag(s),
	}
	if s.staged.image != "" {
		r.Staged = &StagedImage{Image: s.staged.image, Key: s.staged.key}
	}
	if t := s.transfer; t.state != "" {
		r.Transfer = &TransferStatus{Key: t.key, Image: t.image, State: t.state, Progress: t.progress(now)}
	}
	return r
}

// etag names the device's state: it changes with every boot, whenever a transfer
// begins or ends and whenever the device's health changes, and not with a
// transfer's progress.
func (d *Device) etag(s state) string { return fmt.Sprintf(`"%s.%d"`, d.bootID(s), s.revision) }

// bootID never repeats, whatever the device has forgotten: the count of boots
// is never forgotten while it lives, and the time of its start tells it from
// one that lived before.
func (d *Device) bootID(s state) string {
	return fmt.Sprintf("%s.%x.%d", d.cfg.Name, d.start.UnixMicro(), s.boots)
}

// answer puts a reading into an HTTP answer.
func (r reading) answer(date time.Time) answer {
	body, err := json.Marshal(r.Health)
	if err != nil {
		panic(err) // strings, a bool and an int: there is nothing to go wrong
	}
	a := newAnswer(http.StatusOK, date)
	a.header.Set("ETag", r.etag)
	a.json("application/json", body)
	return a
}
