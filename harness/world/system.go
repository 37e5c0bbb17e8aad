package world

import (
	"net"
	"net/http"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
)

// System is something outside of the cluster to which controllers send requests.
type System interface {
	// Serves returns the name, for the trace, of what a host's name stands for: the
	// system's own, or that of one part of it. It is false if that is none of it.
	Serves(host string) (name string, ok bool)
	// Transport returns a transport to it, with connections of its own.
	Transport() http.RoundTripper
	// Happened returns the changes of its state since the last call, with their times.
	Happened() []trace.Event
	// Close ends it.
	Close()
}

// Onlooker is a System that knows which requests change nothing in it: neither what
// it holds, nor what it will answer to others.
type Onlooker interface {
	System
	OnlyLooks(*http.Request) bool
}

// Stateful is a System that can say what it really is, whatever it answers.
type Stateful interface {
	System
	// States says it, a line for each of its parts, which begins with the part's name.
	States() []string
}

// States says what the external systems really are, a line each.
func (w *World) States() (lines []string) {
	for _, s := range w.systems {
		if s, says := s.(Stateful); says {
			lines = append(lines, s.States()...)
		}
	}
	return lines
}

// mayChange says whether a request may change something in the system that it is to.
func (w *World) mayChange(req *http.Request) bool {
	for _, s := range w.systems {
		if _, serves := s.Serves(req.URL.Hostname()); serves {
			o, knows := s.(Onlooker)
			return !knows || !o.OnlyLooks(req)
		}
	}
	return false
}

// AddSystem adds an external system to the world, for the controllers that start from
// now on.
func (w *World) AddSystem(s System) { w.systems = append(w.systems, s) }

// Tell adds the state changes of the external systems to the trace.
func (w *World) Tell() {
	for _, s := range w.systems {
		for _, e := range s.Happened() {
			w.trace.Add(e)
		}
	}
}

// outside is a controller's transport to the external systems.
func (w *World) outside(e process.Env) http.RoundTripper {
	var all ways
	for _, s := range w.systems {
		all = append(all, way{s, e.Outbound(s.Transport())})
	}
	return all
}

// way is the transport to one system.
type way struct {
	system System
	http.RoundTripper
}

// ways is the transport to several systems.
type ways []way

// RoundTrip sends a request to the system that serves its host.
func (all ways) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Hostname()
	for _, w := range all {
		if _, ok := w.system.Serves(host); ok {
			return w.RoundTripper.RoundTrip(r)
		}
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
}
