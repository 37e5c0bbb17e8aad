package devicesim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testDevice is a device behind a real HTTP server, on a clock that a test moves.
type testDevice struct {
	*Device
	t     *testing.T
	clock *clock.Mock
	url   string
	close func() // stops the server, and returns once no handler runs
	agent string
	// waits gets every wait of a handler; the handler goes on once the test
	// sends on pass, or when its client has gone.
	waits chan time.Duration
	pass  chan struct{}
}

// serve starts a device with a plan in YAML, as a user would write it.
func serve(t *testing.T, plan string) *testDevice {
	t.Helper()
	p, err := ParsePlan([]byte(plan))
	if err != nil {
		t.Fatal(err)
	}
	r := &testDevice{t: t, clock: clock.NewMock(), agent: "tester", waits: make(chan time.Duration), pass: make(chan struct{})}
	r.clock.Set(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	r.Device = New(Config{Name: "press-01", Running: "fw:1", Seed: 1, Plan: p, Wait: r.wait}, r.clock)
	server := httptest.NewServer(r.Device)
	t.Cleanup(server.Close)
	r.url, r.close = server.URL, server.Close
	return r
}

func (r *testDevice) wait(ctx context.Context, d time.Duration) error {
	select {
	case r.waits <- d:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-r.pass:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// after moves the clock to a time since the device's start.
func (r *testDevice) after(d time.Duration) { r.clock.Set(r.start.Add(d)) }

// response is an answer that was read to its end.
type response struct {
	status int
	header http.Header
	body   string
}

// ask sends a request on a connection of its own and reads the answer.
func (r *testDevice) ask(ctx context.Context, method, path string, header ...string) (response, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.url+path, nil)
	if err != nil {
		return response{}, err
	}
	req.Header.Set("User-Agent", r.agent)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return response{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return response{res.StatusCode, res.Header, string(body)}, err
}

func (r *testDevice) mustAsk(method, path string, header ...string) response {
	r.t.Helper()
	h, err := r.ask(r.t.Context(), method, path, header...)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return h
}

// post sends a POST that must be accepted.
func (r *testDevice) post(path string) {
	r.t.Helper()
	if h := r.mustAsk(http.MethodPost, path); h.status != http.StatusAccepted {
		r.t.Fatalf("POST %s: %d %s", path, h.status, h.body)
	}
}

// mustFail sends a request that must get no whole answer.
func (r *testDevice) mustFail(method, path string) error {
	r.t.Helper()
	h, err := r.ask(r.t.Context(), method, path)
	if err == nil {
		r.t.Fatalf("%s %s was answered: %d %s", method, path, h.status, h.body)
	}
	return err
}

func (r *testDevice) health() Health {
	r.t.Helper()
	h := r.mustAsk(http.MethodGet, "/health")
	var got Health
	if err := json.Unmarshal([]byte(h.body), &got); err != nil || h.status != http.StatusOK {
		r.t.Fatalf("GET /health: %d %q: %v", h.status, h.body, err)
	}
	return got
}

func (r *testDevice) tag() string {
	r.t.Helper()
	return r.mustAsk(http.MethodGet, "/health").header.Get("ETag")
}

// changeLog is what the device did, one line for each change.
func (r *testDevice) changeLog() []string {
	var lines []string
	for _, d := range r.Truth().Changes {
		line := fmt.Sprintf("%v %s %s", d.At.Sub(r.start), d.Kind, d.Image)
		if d.Kind == Booted && !d.Healthy {
			line += " (not healthy)"
		}
		if d.Fault != "" {
			line += " by " + d.Fault
		}
		lines = append(lines, line)
	}
	return lines
}

func (r *testDevice) mustHaveDone(want ...string) {
	r.t.Helper()
	got := r.changeLog()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		r.t.Errorf("the device did\n%q\nand should have done\n%q", got, want)
	}
}

// eventually waits, in real time, for what another goroutine will do.
func (r *testDevice) eventually(what string, is func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	defer cancel()
	for !is() {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			r.t.Fatal("never came: " + what)
		}
		time.Sleep(time.Millisecond)
	}
}
