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
type diary struct {
	device *devicesim.Device
	out    io.Writer

	mu   sync.Mutex
	told int
}

// ServeHTTP is the device's API.
func (d *diary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer d.tell()
	d.tell()
	d.device.ServeHTTP(w, r)
}

func (d *diary) tell() {
	d.mu.Lock()
	defer d.mu.Unlock()
	deeds := d.device.Truth().Deeds
	for _, deed := range deeds[d.told:] {
		fmt.Fprintln(d.out, line(deed))
	}
	d.told = len(deeds)
}

func line(deed devicesim.Deed) string {
	words := []string{deed.At.UTC().Format(time.RFC3339Nano), string(deed.Kind), deed.Image}
	if deed.Key != "" {
		words = append(words, "key="+deed.Key)
	}
	if deed.Fault != "" {
		words = append(words, "fault="+deed.Fault)
	}
	if deed.Kind == devicesim.Booted && !deed.Sound {
		words = append(words, "sound=no")
	}
	return strings.Join(words, " ")
}
