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

// fleet holds the devices of a world. It is one of the world's external systems: real
// HTTP servers, reached by name through in-memory connections.
type fleet struct {
	quiescence *virtualtime.Quiescence
	order      []string
	mindLooks  map[string]bool // devices that will answer otherwise for having been looked at

	mu      sync.RWMutex // guards the map and DNS: commands change them while devices serve
	devices map[string]*member
}

// find returns the device with a name, nil if there is none.
func (f *fleet) find(name string) *member {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.devices[name]
}

// resolve is find for clients that use DNS.
func (f *fleet) resolve(name string) *member {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if m := f.devices[name]; m != nil && !m.noDNS {
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
	arrivals arrivals

	traced        int       // state changes that are in the trace already
	lastRequested time.Time // the time of the last of them that a request caused
	noDNS         bool      // DNS doesn't know it
	beyondBound   bool      // it may give more wrong readings than the bound allows
}

const (
	// domain is the domain of all devices.
	domain = ".example"
	// deviceURL is the operator's template for the URL of a device.
	deviceURL = "http://{device}.{namespace}" + domain
)

// deviceOf returns the device's name in a host of deviceURL.
func deviceOf(host string) string {
	name, _, _ := strings.Cut(host, ".")
	return name
}

// pipeBuffer is the size of an in-memory connection's buffer, in bytes.
const pipeBuffer = 2 << 10

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
		m.countArrival(r, clk.Now())
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

// Serves returns the name of the device with a host. ok is false if no device can have
// that host.
func (f *fleet) Serves(host string) (device string, ok bool) {
	return deviceOf(host), strings.HasSuffix(host, domain)
}

// OnlyLooks says whether a request is a look at a device that doesn't mind.
func (f *fleet) OnlyLooks(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == "/health" && !f.mindLooks[deviceOf(r.URL.Hostname())]
}

// Transport returns the operator's own transport, with connections to the fleet.
func (f *fleet) Transport() http.RoundTripper {
	t := device.NewTransport(func(_ context.Context, _, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		m := f.resolve(deviceOf(host))
		if m == nil {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		return m.listener.Dial() // at once, also for a request that arrives when its call has ended
	})
	if t.DialContext == nil {
		panic("the operator's transport has to dial as it is told, or its requests leave the world")
	}
	return delivery{f, t}
}

// taskHeader carries the task of a request to a device's server, so that a device that
// hangs parks that task. The device itself doesn't see it.
const taskHeader = "World-Task"

// delivery sends requests to the fleet. An in-memory listener never refuses a
// connection, so delivery asks the device first whether it does. It also adds the
// headers that say which task and operation a request belongs to.
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

// AddDevice adds a device to the world.
func (w *World) AddDevice(name, running string, plan devicesim.Plan) error {
	return w.fleet.add(devicesim.Config{Name: name, Running: running, Seed: w.options.Seed, Plan: plan}, w.Clock())
}

// AddFault adds a fault to a device. It is active from now on.
func (w *World) AddFault(name string, f devicesim.Fault) error {
	m := w.fleet.find(name)
	if m == nil {
		return fmt.Errorf("there is no device %s", name)
	}
	m.device.AddFault(f)
	m.beyondBound = m.beyondBound || f.BeyondBound
	return nil
}

// Faults returns the outcome so far of each fault of a device, in the order in which
// they were added.
func (w *World) Faults(name string) []devicesim.Outcome {
	return w.fleet.find(name).device.Outcomes()
}

// SetDNS adds a device's name to DNS, or removes it.
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
	m.noDNS = !known
	w.fleet.mu.Unlock()
	w.Observe(trace.Event{
		Subject: name, Actor: trace.Actor{Role: trace.World}, Kind: kind, Verb: "dns", Target: trace.Actor{Role: trace.System, Name: name},
	})
	return nil
}

// Happened returns the devices' state changes since the last call.
func (f *fleet) Happened() (events []trace.Event) {
	for _, name := range f.order {
		m := f.find(name)
		changes := m.device.Truth().Changes
		for ; m.traced < len(changes); m.traced++ {
			c := changes[m.traced]
			if c.Requested {
				m.lastRequested = c.At
			}
			// In the trace, a change that a request caused comes after that request, and
			// so do the changes that follow from it at the same instant.
			e := stateChange(name, c)
			e.At, e.Early = c.At.Sub(world.Start), !c.At.Equal(m.lastRequested)
			events = append(events, e)
		}
	}
	return events
}

// States says what each device really is, whatever it answers.
func (f *fleet) States() (lines []string) {
	for _, name := range f.order {
		m := f.find(name)
		t := m.device.Truth()
		says := []string{"runs " + t.Running}
		switch {
		case !t.Up:
			says = append(says, "is down")
		case !t.Healthy:
			says = append(says, "is not healthy")
		}
		switch {
		case t.Staged != "":
			says = append(says, t.Staged+" is staged")
		case t.Transfer.State == "" || t.Transfer.State == "done" || !t.Up:
		case t.Transfer.State == "failed":
			says = append(says, fmt.Sprintf("the transfer of %s broke at %d %%", t.Transfer.Image, t.Transfer.Progress))
		case t.Stalled:
			says = append(says, fmt.Sprintf("the transfer of %s is stuck at %d %%", t.Transfer.Image, t.Transfer.Progress))
		default:
			says = append(says, fmt.Sprintf("the transfer of %s is at %d %%", t.Transfer.Image, t.Transfer.Progress))
		}
		if m.noDNS {
			says = append(says, "DNS doesn't know it")
		}
		lines = append(lines, name+": "+strings.Join(says, ", "))
	}
	return lines
}

// Close ends the devices' servers.
func (f *fleet) Close() {
	for _, name := range f.order {
		f.devices[name].server.Close()
	}
}
