package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/benbjohnson/clock"

	"example.com/edge-device-operator/devicesim"
)

const (
	// grace is how long a stop waits for requests that are being answered. Those
	// that hang on purpose would take for ever.
	grace = 2 * time.Second
	// headerTimeout bounds how long a client may take to send its header.
	headerTimeout = 10 * time.Second
)

// serve serves a device until ctx ends.
func serve(ctx context.Context, cfg devicesim.Config, o options, log io.Writer) error {
	handler := &changeLog{device: devicesim.New(cfg, clock.New()), out: log}
	healthz := http.NewServeMux()
	healthz.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") }) //nolint:errcheck // the client has gone
	servers := []*http.Server{
		{Addr: o.listen, Handler: handler, ReadHeaderTimeout: headerTimeout},
		{Addr: o.healthListen, Handler: healthz, ReadHeaderTimeout: headerTimeout},
	}
	var listeners []net.Listener
	for _, s := range servers {
		l, err := net.Listen("tcp", s.Addr)
		if err != nil {
			for _, open := range listeners {
				open.Close()
			}
			return err
		}
		listeners = append(listeners, l)
	}
	fmt.Fprintf(log, "devicesim: %s runs %s, API on %s, /healthz on %s\n", cfg.Name, cfg.Running, listeners[0].Addr(), listeners[1].Addr())
	ended := make(chan error, len(servers))
	for i, s := range servers {
		go func() { ended <- s.Serve(listeners[i]) }()
	}
	running := len(servers)
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-ended:
		running--
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	for _, s := range servers {
		if err := s.Shutdown(limited); err != nil {
			s.Close()
		}
	}
	for range running {
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
