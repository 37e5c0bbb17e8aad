package realtime

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"

	"example.com/edge-device-operator/devicesim"
)

// diary reads what the devicesim program writes: first where it listens, then
// a line for everything that the device physically did.
type diary struct {
	mu      sync.Mutex // guards what follows
	partial []byte
	address string
	where   chan struct{} // closed once the address is known
	deeds   []devicesim.StateChange
	strange []string // lines that are neither
}

func newDiary() *diary { return &diary{where: make(chan struct{})} }

// Write never fails: what can't be read is an error of those who ask for it.
func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.partial = append(d.partial, p...)
	for {
		line, rest, whole := bytes.Cut(d.partial, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		d.read(string(line))
		d.partial = rest
	}
}

func (d *diary) read(line string) {
	if d.address == "" {
		if _, after, ok := strings.Cut(line, ", API on "); ok {
			d.address, _, _ = strings.Cut(after, ", ")
			close(d.where)
			return
		}
	}
	deed, err := parseDeed(line)
	if err != nil {
		d.strange = append(d.strange, line)
		return
	}
	d.deeds = append(d.deeds, deed)
}

// kinds are what a device can do.
var kinds = []devicesim.ChangeKind{
	devicesim.BurnBegan, devicesim.TransferBroke, devicesim.TransferStalled, devicesim.Staged,
	devicesim.RebootBegan, devicesim.PowerCut, devicesim.Forgot, devicesim.Booted, devicesim.WarmedUp,
}

// parseDeed reads a line such as
//
//	2026-11-24T22:03:27.5Z burn began fw:2 key=6d1f/1/1 fault=break
func parseDeed(line string) (devicesim.StateChange, error) {
	at, rest, _ := strings.Cut(line, " ")
	var deed devicesim.StateChange
	var err error
	if deed.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return deed, err
	}
	for _, kind := range kinds {
		words, ok := strings.CutPrefix(rest, string(kind)+" ")
		if !ok {
			continue
		}
		deed.Kind, deed.Healthy = kind, kind == devicesim.Booted || kind == devicesim.WarmedUp
		for n, word := range strings.Split(words, " ") {
			name, value, _ := strings.Cut(word, "=")
			switch {
			case n == 0:
				deed.Image = word
			case name == "key":
				deed.Key = value
			case name == "fault":
				deed.Fault = value
			case name == "healthy":
				deed.Healthy = value != "no"
			default:
				return deed, fmt.Errorf("%q is neither key, fault nor healthy", word)
			}
		}
		return deed, nil
	}
	return deed, fmt.Errorf("%q is nothing that a device does", rest)
}

// all returns everything that the device did, oldest first, once the program
// has ended. The error has what it wrote besides.
func (d *diary) all() ([]devicesim.StateChange, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.strange) > 0 || len(d.partial) > 0 {
		return d.deeds, fmt.Errorf("it wrote %q", append(d.strange, string(d.partial)))
	}
	return d.deeds, nil
}
