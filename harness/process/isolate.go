package process

import (
	"net"
	"net/http"
	"syscall"
)

// isolate refuses connections to the API server while the process is cut off from it.
func (p *Process) isolate(w way) handler {
	return func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		if w.api && p.isolated.Load() {
			return nil, errUnreachable()
		}
		return next.RoundTrip(req)
	}
}

// errUnreachable is the error of a request to an API server that can't be reached.
func errUnreachable() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// Isolate cuts the process off from the API server, or reconnects it. While it is cut
// off, connections are refused and its watches are down.
func (p *Process) Isolate(isolated bool) error {
	p.isolated.Store(isolated)
	if isolated {
		return p.CutWatch()
	}
	p.awaitStart()
	return p.RestoreWatch()
}

// Isolated says whether the process is cut off from the API server.
func (p *Process) Isolated() bool { return p.isolated.Load() }
