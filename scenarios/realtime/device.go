package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/osprocess"
)

// Device is a devicesim process.
type Device struct {
	// Name is the device's.
	Name string

	process *osprocess.Process
	diary   *diary
	direct  http.RoundTripper
}

// startDevice starts a devicesim with a plan of faults, and waits until it says
// where it listens.
func startDevice(ctx context.Context, program, name, plan string) (*Device, error) {
	d := &Device{Name: name, diary: newDiary(), direct: &http.Transport{DisableKeepAlives: true}}
	var err error
	d.process, err = osprocess.Start(osprocess.Options{
		Path:   program,
		Args:   []string{"--name=" + name, "--running=" + before, "--listen=127.0.0.1:0", "--health-listen=127.0.0.1:0"},
		Env:    []string{"DEVICE_PLAN=" + plan},
		Output: d.diary,
	})
	if err != nil {
		return nil, err
	}
	select {
	case <-d.diary.where:
		return d, nil
	case <-d.process.Done():
		_, err = d.diary.all()
	case <-ctx.Done():
		err = ctx.Err()
	}
	d.process.Kill()
	return nil, fmt.Errorf("device %s: %w", name, err)
}

// patience is how long a device is waited for: those that are asked here break
// a connection that they don't answer.
const patience = 5 * time.Second

// Health asks the device itself, past the gateway. It returns an error while
// the device reboots.
func (d *Device) Health(ctx context.Context) (devicesim.Health, error) {
	var h devicesim.Health
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.diary.address+"/health", nil)
	if err != nil {
		return h, err
	}
	req.Header.Set("User-Agent", "somebody beside the device")
	res, err := d.direct.RoundTrip(req)
	if err != nil {
		return h, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	return h, err
}

// Account ends the device, and returns what it runs, and everything that it
// ever did, by its own diary. It returns an error if the device is down, had
// ended by itself, or wrote something else.
func (d *Device) Account(ctx context.Context) (running string, deeds []devicesim.StateChange, err error) {
	h, errHealth := d.Health(ctx)
	d.stop()
	deeds, errDiary := d.diary.all()
	if code := d.process.State().ExitCode(); code != 0 {
		err = fmt.Errorf("it ended with %v", d.process.State())
	}
	if err = errors.Join(errHealth, errDiary, err); err != nil {
		err = fmt.Errorf("device %s: %w", d.Name, err)
	}
	return h.Running, deeds, err
}

// grace is how long a process gets to end when it's asked to.
const grace = 10 * time.Second

func (d *Device) stop() { d.process.Stop(grace) }
