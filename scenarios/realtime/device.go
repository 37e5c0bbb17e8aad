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
	log     *deviceLog
	direct  http.RoundTripper
}

// startDevice starts a devicesim with a fault plan, and waits until it has logged
// its address.
func startDevice(ctx context.Context, program, name, plan string) (*Device, error) {
	d := &Device{Name: name, log: newDeviceLog(), direct: &http.Transport{DisableKeepAlives: true}}
	var err error
	d.process, err = osprocess.Start(osprocess.Options{
		Path:   program,
		Args:   []string{"--name=" + name, "--running=" + before, "--listen=127.0.0.1:0", "--health-listen=127.0.0.1:0"},
		Env:    []string{"DEVICE_PLAN=" + plan},
		Output: d.log,
	})
	if err != nil {
		return nil, err
	}
	select {
	case <-d.log.ready:
		return d, nil
	case <-d.process.Done():
		_, err = d.log.all()
	case <-ctx.Done():
		err = ctx.Err()
	}
	d.process.Kill()
	return nil, fmt.Errorf("device %s: %w", name, err)
}

// healthTimeout bounds a request for a device's health. The devices here close a
// connection that they don't answer.
const healthTimeout = 5 * time.Second

// Health asks the device itself, past the gateway. It returns an error while
// the device reboots.
func (d *Device) Health(ctx context.Context) (devicesim.Health, error) {
	var h devicesim.Health
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.log.address+"/health", nil)
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

// Finish ends the device, and returns the image that it runs and all state changes
// in its log. It returns an error if the device is down, exited by itself, or
// logged anything else.
func (d *Device) Finish(ctx context.Context) (running string, changes []devicesim.StateChange, err error) {
	h, errHealth := d.Health(ctx)
	d.stop()
	changes, errLog := d.log.all()
	if code := d.process.State().ExitCode(); code != 0 {
		err = fmt.Errorf("it ended with %v", d.process.State())
	}
	if err = errors.Join(errHealth, errLog, err); err != nil {
		err = fmt.Errorf("device %s: %w", d.Name, err)
	}
	return h.Running, changes, err
}

// grace is how long a process may take to exit after SIGTERM.
const grace = 10 * time.Second

func (d *Device) stop() { d.process.Stop(grace) }
