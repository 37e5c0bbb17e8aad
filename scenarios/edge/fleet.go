package edge

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/virtualtime"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/operator/device"
)

// fleet is the devices of a world, an external system of it: real HTTP servers,
// reached by name through in-memory connections.
type fleet struct {
	quiescence *virtualtime.Quiescence
	order      []string

	// Devices come, and names go, while others are asked.
	mu      sync.RWMutex
	devices map[string]*member
}

// find returns the device of a name, nil if there is none.
func (f *fleet) find(name string) *member {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.devices[name]
}

// resolve is find by those who go by DNS.
func (f *fleet) resolve(name string) *member {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if m := f.devices[name]; m != nil && !m.nameless {
		return m
	}
	return nil
}

// member is one device of the fleet.
type member struct {
	device   *devicesim.Device
	initial  string
	server   *httptest.Server
	listener *bufconn.Listener
	told     int       // deeds that are in the trace already
	asked    time.Time // when the last of them came about that was asked for
	nameless bool      // DNS doesn't know it
	gate     gate
	beyond   bool // it may lie beyond the bound
}

const (
	// domain is the devices'.
	domain = ".example"
	// deviceURL is where the operator is told to find devices.
	deviceURL = "http://{device}.{namespace}" + domain
)

// deviceOf is the inverse of deviceURL.
func deviceOf(host string) string {
	name, _, _ := strings.Cut(host, ".")
	return name
}

// pipeBuffer is the size of an in-memory connection's buffer, in bytes.
const pipeBuffer = 8 << 10

func newFleet(a *virtualtime.Quiescence) *fleet {
	return &fleet{quiescence: a, devices: map[string]*member{}}
}

func (f *fleet) add(cfg devicesim.Config, clk *virtualtime.Clock) error {
	if f.find(cfg.Name) != nil {
		return fmt.Errorf("there is a device %s already", cfg.Name)
	}
	cfg.Wait = clk.Wait
	d := devicesim.New(cfg, clk)
	m := &member{device: d, initial: cfg.Running, listener: bufconn.Listen(pipeBuffer)}
	m.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		task := f.quiescence.Task(r.Header.Get(taskHeader))
		defer task.Begin(fmt.Sprintf("device: %s serves %s %s", cfg.Name, r.Method, r.URL.Path)).End()
		r.Header.Del(taskHeader)
		m.arrives(r, clk.Now())
		d.ServeHTTP(w, r.WithContext(task.In(r.Context())))
	}))
	m.server.Listener.Close()
	m.server.Listener = m.listener
	m.server.Start()
	f.mu.Lock()
	f.devices[cfg.Name] = m
	f.mu.Unlock()
	f.order = append(f.order, cfg.Name)
	return nil
}

// Serves returns the name of the device that a host is, or could be.
func (f *fleet) Serves(host string) (device string, ok bool) {
	return deviceOf(host), strings.HasSuffix(host, domain)
}

// Transport is the operator's own, but for where its connections go.
func (f *fleet) Transport() http.RoundTripper {
	t := device.NewTransport()
	t.DialContext = func(ctx context.Context, _, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		m := f.resolve(deviceOf(host))
		if m == nil {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		return m.listener.DialContext(ctx)
	}
	return delivery{f, t}
}

// taskHeader tells a device's server whose request it serves, so that a
// device that hangs parks that task. The device itself doesn't see it.
const taskHeader = "World-Task"

// delivery is the way of a request to the fleet: it asks the device first
// whether it refuses the connection, since behind an in-memory listener nobody
// else would, and says whose request it is.
type delivery struct {
	fleet *fleet
	next  http.RoundTripper
}

func (t delivery) RoundTrip(r *http.Request) (*http.Response, error) {
	if m := t.fleet.find(deviceOf(r.URL.Hostname())); m != nil && m.device.Refuses(r) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	r = r.Clone(r.Context())
	r.Header.Set(taskHeader, virtualtime.TaskIn(r.Context()).Name())
	if op, ok := process.OperationIn(r.Context()); ok {
		r.Header.Set(operationHeader, strconv.Itoa(op.Number))
	}
	return t.next.RoundTrip(r)
}

// AddDevice puts a device into the world.
func (w *World) AddDevice(name, running string, plan devicesim.Plan) error {
	return w.fleet.add(devicesim.Config{Name: name, Running: running, Seed: w.options.Seed, Plan: plan}, w.Clock())
}

// AddFault adds a fault to a device of the world, from now on.
func (w *World) AddFault(name string, f devicesim.Fault) error {
	m := w.fleet.find(name)
	if m == nil {
		return fmt.Errorf("there is no device %s", name)
	}
	m.device.AddFault(f)
	m.beyond = m.beyond || f.BeyondBound
	return nil
}

// Faults returns what has become of each fault of a device by now, in the order
// in which they were added.
func (w *World) Faults(name string) []devicesim.Outcome {
	return w.fleet.find(name).device.Outcomes()
}

// SetDNS says whether DNS knows a device's name.
func (w *World) SetDNS(name string, known bool) error {
	m := w.fleet.find(name)
	if m == nil {
		return fmt.Errorf("there is no device %s", name)
	}
	w.Tell()
	kind := trace.Fault
	if known {
		kind = trace.Repaired
	}
	w.fleet.mu.Lock()
	m.nameless = !known
	w.fleet.mu.Unlock()
	w.Observe(trace.Event{
		Subject: name, Actor: trace.Actor{Role: trace.World}, Kind: kind, Verb: "dns", Target: trace.Actor{Role: trace.System, Name: name},
	})
	return nil
}

// Happened tells what the devices physically did.
func (f *fleet) Happened() (events []trace.Event) {
	for _, name := range f.order {
		m := f.find(name)
		deeds := m.device.Truth().Changes
		for ; m.told < len(deeds); m.told++ {
			d := deeds[m.told]
			if d.Requested {
				m.asked = d.At
			}
			// What came of a request comes after it, and what that led to at
			// the same instant comes after that.
			e := stateChange(name, d)
			e.At, e.Early = d.At.Sub(world.Start), !d.At.Equal(m.asked)
			events = append(events, e)
		}
	}
	return events
}

// Close ends the devices' servers.
func (f *fleet) Close() {
	for _, name := range f.order {
		f.devices[name].server.Close()
	}
}
