package devicesim

import (
	"encoding/json"
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

// Problem is the body of every answer that is a refusal (RFC 9457).
type Problem struct {
	// Title says what is wrong, in a few words.
	Title string `json:"title"`
	// Status is the HTTP status code.
	Status int `json:"status"`
	// Detail says what would be right.
	Detail string `json:"detail,omitempty"`
}

// ServeHTTP is the device's API:
//
//	GET  /health               what runs, what is staged, how the transfer stands
//	POST /burn?image=X&key=K   transfer X to the free slot; 202
//	POST /reboot               go down and come back on what is staged; 202
//
// Both POSTs take If-Match (RFC 9110, section 13.1.1) with the ETag of a
// health answer, and refuse with 412 if the device has moved on since. While
// the device reboots, every connection just breaks.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	d.catchUp(now)
	if !d.backAt.IsZero() {
		// A device that is down can't answer; breaking the connection is the
		// nearest that a handler comes to that.
		panic(http.ErrAbortHandler)
	}
	switch r.URL.Path {
	case "/health":
		if allow(w, r, http.MethodGet) {
			d.answerHealth(w, now)
		}
	case "/burn":
		if allow(w, r, http.MethodPost) && d.unmoved(w, r) {
			d.answerBurn(w, r, now)
		}
	case "/reboot":
		if allow(w, r, http.MethodPost) && d.unmoved(w, r) {
			d.reboot(now)
			w.WriteHeader(http.StatusAccepted)
		}
	default:
		refuse(w, http.StatusNotFound, "there is GET /health, POST /burn and POST /reboot")
	}
}

func (d *Device) answerHealth(w http.ResponseWriter, now time.Time) {
	h := Health{Device: d.cfg.Name, BootID: d.bootID(), Running: d.running, Healthy: true}
	if d.staged.image != "" {
		h.Staged = &StagedImage{Image: d.staged.image, Key: d.staged.key}
	}
	if t := d.transfer; t != nil {
		h.Transfer = &TransferStatus{Key: t.key, Image: t.image, State: t.state, Progress: t.progress(now)}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", d.etag())
	json.NewEncoder(w).Encode(h) //nolint:errcheck // the client has gone; nobody is left to tell
}

func (d *Device) answerBurn(w http.ResponseWriter, r *http.Request, now time.Time) {
	image := r.URL.Query().Get("image")
	if image == "" {
		refuse(w, http.StatusBadRequest, "name the image: POST /burn?image=X&key=K")
		return
	}
	d.burn(now, image, r.URL.Query().Get("key"))
	w.WriteHeader(http.StatusAccepted)
}

// unmoved checks If-Match; without one, as a person with curl would ask, the
// device just acts.
func (d *Device) unmoved(w http.ResponseWriter, r *http.Request) bool {
	if match := r.Header.Get("If-Match"); match != "" && match != "*" && match != d.etag() {
		refuse(w, http.StatusPreconditionFailed, "the device has moved on since that ETag: read /health again")
		return false
	}
	return true
}

func allow(w http.ResponseWriter, r *http.Request, method string) bool {
	if r.Method != method {
		w.Header().Set("Allow", method)
		refuse(w, http.StatusMethodNotAllowed, "use "+method)
		return false
	}
	return true
}

func refuse(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(Problem{Title: http.StatusText(status), Status: status, Detail: detail}) //nolint:errcheck // the client has gone; nobody is left to tell
}
