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

// changeLog logs a device's state changes. A device catches up with time only when
// it is accessed, so a line appears with the next request, and carries its own time.
type changeLog struct {
	device *devicesim.Device
	out    io.Writer

	mu      sync.Mutex // guards what follows
	printed int
}

// ServeHTTP is the device's API.
func (l *changeLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer l.print()
	l.print()
	l.device.ServeHTTP(w, r)
}

func (l *changeLog) print() {
	l.mu.Lock()
	defer l.mu.Unlock()
	changes := l.device.Truth().Changes
	for _, change := range changes[l.printed:] {
		fmt.Fprintln(l.out, line(change))
	}
	l.printed = len(changes)
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
