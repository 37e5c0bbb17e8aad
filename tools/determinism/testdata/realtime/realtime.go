// Package realtime uses real time in every forbidden way.
package realtime

import (
	"context"
	"net"
	"net/http"
	hour "time"
)

func uses(ctx context.Context) {
	_ = hour.Now()              // want `time.Now is real time: use the injected clock.Clock`
	hour.Sleep(1)               // want `time.Sleep is real`
	<-hour.After(1)             // want `time.After is real`
	_ = hour.Since(hour.Time{}) // want `time.Since is real`
	_ = hour.Until(hour.Time{}) // want `time.Until is real`
	<-hour.Tick(1)              // want `time.Tick is real`
	hour.NewTimer(1)            // want `time.NewTimer is real`
	hour.NewTicker(1)           // want `time.NewTicker is real`
	hour.AfterFunc(1, nil)      // want `time.AfterFunc is real`

	context.WithTimeout(ctx, 1)                      // want `context.WithTimeout is real time: use WithTimeout or WithDeadline of the injected clock.Clock`
	context.WithTimeoutCause(ctx, 1, nil)            // want `context.WithTimeoutCause is real`
	context.WithDeadline(ctx, hour.Time{})           // want `context.WithDeadline is real`
	context.WithDeadlineCause(ctx, hour.Time{}, nil) // want `context.WithDeadlineCause is real`
}

// now isn't called here, and yet it is used.
var now = hour.Now // want `time.Now is real`

type embedded struct{ http.Client }

func fields(e *embedded) {
	_ = http.Client{Timeout: 1} // want `http.Client.Timeout is real time: end the request's context with WithTimeout of the injected clock.Clock`
	_ = e.Timeout               // want `http.Client.Timeout is real`
	e.Client.Timeout = 0        // want `http.Client.Timeout is real`
	_ = &http.Transport{
		ResponseHeaderTimeout: 1, // want `http.Transport.ResponseHeaderTimeout is real`
		TLSHandshakeTimeout:   1, // want `http.Transport.TLSHandshakeTimeout is real`
		IdleConnTimeout:       1, // want `http.Transport.IdleConnTimeout is real`
		ExpectContinueTimeout: 1, // want `http.Transport.ExpectContinueTimeout is real`
		MaxIdleConns:          1,
	}
	_ = net.Dialer{
		Timeout:   1,           // want `net.Dialer.Timeout is real`
		Deadline:  hour.Time{}, // want `net.Dialer.Deadline is real`
		KeepAlive: 1,
	}
}

type own struct{ Timeout, Deadline hour.Duration }

func (own) Now() hour.Time { return hour.Time{} }

func Sleep() {}

func permitted(ctx context.Context, o own, err net.Error) {
	// The names alone are nothing: what counts is what they belong to.
	o.Timeout = o.Deadline
	_ = own{Timeout: 1}
	_ = o.Now()
	Sleep()
	_ = o.Now().After(hour.Time{})
	_ = err.Timeout()
	context.WithCancel(ctx)
	context.AfterFunc(ctx, nil)
	_ = hour.Unix(0, 0).Add(hour.Second)
	_ = http.Client{Transport: http.DefaultTransport}
}
