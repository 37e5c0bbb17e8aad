// Package gateway serves many devices behind one address. A URL template that contains
// only a device's name can't name a port for each, so the gateway gives each device a
// path. It knows only HTTP.
package gateway

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
)

// Gateway serves each device under a path of its own, on loopback.
type Gateway struct {
	mux      *http.ServeMux
	server   *http.Server
	address  string
	quiet    *log.Logger
	toDevice http.RoundTripper
	serving  sync.WaitGroup
}

// Open starts a gateway without devices, on a free port. The caller closes it. It
// returns an error if there is no free port.
func Open() (*Gateway, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		mux:     http.NewServeMux(),
		address: l.Addr().String(),
		quiet:   log.New(io.Discard, "", 0),
		// One connection per request, as without a gateway: on a reused connection that
		// breaks, net/http would repeat a GET by itself.
		toDevice: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	}
	g.server = &http.Server{Handler: g.mux, ErrorLog: g.quiet}
	g.serving.Go(func() { _ = g.server.Serve(l) }) // until Close
	return g, nil
}

// URL returns the gateway's URL, such as http://127.0.0.1:40123.
func (g *Gateway) URL() string { return "http://" + g.address }

// Lead forwards requests below a path, such as /plant/press-01, to a device at an
// address, host:port, from now on. Each path belongs to one device.
//
// If a device breaks a connection, so does the gateway. If a device hangs, the client
// waits until it gives up.
func (g *Gateway) Lead(path, address string) {
	device := &url.URL{Scheme: "http", Host: address}
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(device) },
		Transport:     g.toDevice,
		FlushInterval: -1, // a slow body stays one
		ErrorLog:      g.quiet,
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	under := http.StripPrefix(path, proxy)
	g.mux.HandleFunc(path+"/", func(w http.ResponseWriter, r *http.Request) {
		g.serving.Add(1)
		defer g.serving.Done()
		under.ServeHTTP(w, r)
	})
}

// Close ends the gateway and every request that is under way.
func (g *Gateway) Close() error {
	err := g.server.Close()
	g.serving.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
