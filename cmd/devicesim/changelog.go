package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"example.com/edge-device-operator/devicesim"
)

// diary writes down what a device physically did, for whoever reads the log.
// A device knows what time has brought only when somebody asks, so a line
// comes with the next request, and carries its own time.
type changeLog struct {
	device *devicesim.Device
	out    io.Writer

	mu      sync.Mutex
	printed int
}

// ServeHTTP is the device's API.
func (d *changeLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer d.print()
	d.print()
	d.device.ServeHTTP(w, r)
}

func (d *changeLog) print() {
	d.mu.Lock()
	defer d.mu.Unlock()
	deeds := d.device.Truth().Changes
	for _, change := range deeds[d.printed:] {
		fmt.Fprintln(d.out, line(change))
	}
	d.printed = len(deeds)
}

func line(change devicesim.StateChange) string {
	words := []string{change.At.UTC().Format(time.RFC3339Nano), string(change.Kind), change.Image}
	if change.Key != "" {
		words = append(words, "key="+change.Key)
	}
	if change.Fault != "" {
		words = append(words, "fault="+change.Fault)
	}
	if change.Kind == devicesim.Booted && !change.Healthy {
		words = append(words, "healthy=no")
	}
	return strings.Join(words, " ")
}
