package realtime

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/edge-device-operator/devicesim"
)

// deviceLog parses the output of the devicesim program: first its address, then a
// line for each state change of the device.
type deviceLog struct {
	mu      sync.Mutex // guards what follows
	partial []byte
	address string
	ready   chan struct{} // closed once the address is known
	changes []devicesim.StateChange
	invalid []string // lines that are neither
}

func newDeviceLog() *deviceLog { return &deviceLog{ready: make(chan struct{})} }

// Write never fails. Whoever calls all gets an error if a line was invalid.
func (l *deviceLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, p...)
	for {
		line, rest, whole := bytes.Cut(l.partial, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.parse(string(line))
		l.partial = rest
	}
}

func (l *deviceLog) parse(line string) {
	if l.address == "" {
		if _, after, ok := strings.Cut(line, ", API on "); ok {
			l.address, _, _ = strings.Cut(after, ", ")
			close(l.ready)
			return
		}
	}
	change, err := parseChange(line)
	if err != nil {
		l.invalid = append(l.invalid, line)
		return
	}
	l.changes = append(l.changes, change)
}

var changeKinds = []devicesim.ChangeKind{
	devicesim.BurnStarted, devicesim.TransferFailed, devicesim.TransferStalled, devicesim.ImageStaged,
	devicesim.RebootStarted, devicesim.PowerCut, devicesim.StateLost, devicesim.Booted, devicesim.BecameHealthy,
}

// parseChange parses a line such as
//
//	2026-11-24T22:03:27.5Z burn-started fw:2 key=6d1f/1/1 fault=break
func parseChange(line string) (change devicesim.StateChange, err error) {
	words := strings.Split(line, " ")
	if change.At, err = time.Parse(time.RFC3339Nano, words[0]); err != nil {
		return change, err
	}
	if len(words) < 3 || !slices.Contains(changeKinds, devicesim.ChangeKind(words[1])) {
		return change, fmt.Errorf("%q is not a state change", line)
	}
	change.Kind, change.Image = devicesim.ChangeKind(words[1]), words[2]
	change.Healthy = change.Kind == devicesim.Booted || change.Kind == devicesim.BecameHealthy
	for _, word := range words[3:] {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "key":
			change.Key = value
		case "fault":
			change.Fault = value
		case "healthy":
			change.Healthy = value != "no"
		default:
			return change, fmt.Errorf("%q is neither key, fault nor healthy", word)
		}
	}
	return change, nil
}

// all returns all state changes of the device, oldest first, once the program has
// exited. The error quotes the lines that are no state changes.
func (l *deviceLog) all() ([]devicesim.StateChange, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.invalid) > 0 || len(l.partial) > 0 {
		return l.changes, fmt.Errorf("it wrote %q", append(l.invalid, string(l.partial)))
	}
	return l.changes, nil
}
