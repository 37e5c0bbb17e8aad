package devicesim

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// burned is how many burns the device accepted.
func (r *testDevice) burned() int {
	n := 0
	for _, d := range r.Truth().Changes {
		if d.Kind == BurnStarted {
			n++
		}
	}
	return n
}

func (r *testDevice) mustHaveBurned(want int) {
	r.t.Helper()
	if n := r.burned(); n != want {
		r.t.Errorf("%d burns, want %d", n, want)
	}
}

const burn = "/burn?image=fw:2&key=k"

func TestAnAnswerLostAfterTheWorkWasDone(t *testing.T) {
	r := serve(t, "faults: [{of: any, nth: 1, do: lose-answer}]")
	if err := r.mustFail(http.MethodPost, burn); !errors.Is(err, io.EOF) {
		t.Errorf("the connection didn't just end: %v", err)
	}
	r.mustHaveBurned(1)
	r.mustFail(http.MethodGet, "/health")
	r.health()
	r.mustFail(http.MethodPost, "/reboot")
	if r.Truth().Up {
		t.Error("it didn't reboot")
	}
}

func TestAConnectionRefused(t *testing.T) {
	r := serve(t, "faults: [{of: burn, nth: 1, do: refuse}, {of: burn, nth: 3, do: refuse}]")
	if err := r.mustFail(http.MethodPost, burn); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the connection wasn't reset: %v", err)
	}
	r.mustHaveBurned(0)

	ask := func(method, path string) bool {
		req, err := http.NewRequest(method, r.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r.Refuses(req)
	}
	if ask(http.MethodPost, burn) {
		t.Error("the 2nd burn is refused")
	}
	r.post(burn)
	if !ask(http.MethodPost, burn) || ask(http.MethodPost, burn) {
		t.Error("the 3rd burn isn't refused, or the 4th is")
	}
	r.post(burn)
	r.mustHaveBurned(2)
	if n := r.Truth().Requests["burn"]; n != 4 {
		t.Errorf("%d burns came, want 4", n)
	}
	r.post("/reboot")
	if !ask(http.MethodGet, "/health") {
		t.Error("a device that is down accepts connections")
	}
}

func TestAPartition(t *testing.T) {
	r := serve(t, "faults: [{of: any, from: 10s, until: 20s, do: refuse}]")
	for _, c := range []struct {
		at time.Duration
		up bool
	}{{0, true}, {10*time.Second - 1, true}, {10 * time.Second, false}, {20*time.Second - 1, false}, {20 * time.Second, true}} {
		r.after(c.at)
		if _, err := r.ask(t.Context(), http.MethodGet, "/health"); (err == nil) != c.up {
			t.Errorf("at %v: %v", c.at, err)
		}
	}
	// What is none of the API's has no fault, and is not counted.
	r.after(15 * time.Second)
	if h := r.mustAsk(http.MethodGet, "/nowhere"); h.status != 404 {
		t.Errorf("%+v", h)
	}
	req, err := http.NewRequest(http.MethodGet, r.url+"/nowhere", nil)
	if err != nil {
		t.Fatal(err)
	}
	refused := r.Refuses(req)
	if n := r.Truth().Requests; refused || n["health"] != 5 || len(n) != 1 {
		t.Errorf("refused, or counted: %v", n)
	}
}

// hanging sends a request that a handler will hold, and waits until it does.
func (r *testDevice) hanging(method, path string) (wait time.Duration, leave func(), answered <-chan error) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() {
		h, err := r.ask(ctx, method, path)
		if err == nil && h.status/100 != 2 {
			err = errors.New(h.body)
		}
		done <- err
	}()
	select {
	case wait = <-r.waits:
	case err := <-done:
		r.t.Fatalf("%s %s was answered at once: %v", method, path, err)
	}
	return wait, cancel, done
}

func TestAConnectionThatHangs(t *testing.T) {
	for _, c := range []struct {
		fault string
		burns int
	}{{"{of: burn, nth: 1, do: hang}", 0}, {"{of: burn, nth: 1, do: hang, acts: true}", 1}} {
		t.Run(c.fault, func(t *testing.T) {
			r := serve(t, "faults: ["+c.fault+"]")
			wait, leave, answered := r.hanging(http.MethodPost, burn)
			if wait >= 0 {
				t.Errorf("it hangs only for %v", wait)
			}
			r.health() // nobody else is held up
			r.mustHaveBurned(c.burns)
			leave()
			if err := <-answered; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			r.mustHaveBurned(c.burns)
		})
	}
}

func TestAnAnswerThatComesLate(t *testing.T) {
	r := serve(t, "faults: [{of: burn, do: delay, for: 3s}]")
	wait, _, answered := r.hanging(http.MethodPost, burn)
	if wait != 3*time.Second {
		t.Errorf("it waits for %v", wait)
	}
	r.mustHaveBurned(0)
	r.pass <- struct{}{}
	if err := <-answered; err != nil {
		t.Error(err)
	}
	r.mustHaveBurned(1)

	// A device that went down meanwhile has lost the request.
	_, _, answered = r.hanging(http.MethodPost, burn)
	r.post("/reboot")
	r.after(time.Hour)
	r.pass <- struct{}{}
	if err := <-answered; err == nil {
		t.Error("a request from before the reboot was answered after it")
	}
	r.mustHaveBurned(1)
}

func TestNothingIsDoneForAClientThatHasGone(t *testing.T) {
	for _, c := range []struct {
		name  string
		waits func(r *testDevice, ctx context.Context) error
	}{
		{"the wait says so", func(r *testDevice, ctx context.Context) error { return context.Canceled }},
		{"the time is up in the same moment", func(r *testDevice, ctx context.Context) error { <-ctx.Done(); return nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := serve(t, "faults: [{of: burn, do: delay, for: 3s}]")
			r.cfg.Wait = func(ctx context.Context, d time.Duration) error {
				r.waits <- d
				return c.waits(r, ctx)
			}
			_, leave, answered := r.hanging(http.MethodPost, burn)
			leave()
			if err := <-answered; err == nil {
				t.Error("it was answered")
			}
			r.close()
			r.mustHaveBurned(0)
		})
	}
}

func TestABodyThatDrips(t *testing.T) {
	r := serve(t, "faults: [{of: health, nth: 2, do: drip, pace: 2s}, {of: health, from: 1m, do: drip, pace: 2s}]")
	whole := r.mustAsk(http.MethodGet, "/health").body
	wait, _, answered := r.hanging(http.MethodGet, "/health")
	if wait != 2*time.Second {
		t.Errorf("a byte takes %v", wait)
	}
	for range len(whole) - 1 {
		r.pass <- struct{}{}
		<-r.waits
	}
	if len(answered) > 0 {
		t.Error("it was answered before its last byte")
	}
	r.pass <- struct{}{}
	if err := <-answered; err != nil {
		t.Error(err)
	}

	r.after(time.Minute)
	for _, path := range []string{burn, "/reboot"} {
		_, _, answered = r.hanging(http.MethodGet, "/health")
		r.post(path)
		r.pass <- struct{}{}
		if err := <-answered; err == nil {
			t.Errorf("what was true before POST %s went on dripping after it", path)
		}
	}
}

func TestWaitingOnTheClock(t *testing.T) {
	r := serve(t, "faults: []")
	d := New(Config{Name: "press-01"}, r.clock)
	for _, c := range []struct {
		wait time.Duration
		err  error
	}{{time.Minute, nil}, {forever, context.Canceled}, {2 * time.Hour, context.Canceled}} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.cfg.Wait(ctx, c.wait) }()
		if c.err == nil {
			r.eventually("the end of the wait", func() bool {
				r.clock.Add(time.Second)
				return len(done) > 0
			})
		}
		cancel()
		if err := <-done; !errors.Is(err, c.err) {
			t.Errorf("a wait of %v ended with %v", c.wait, err)
		}
	}
}

func TestAStatusCode(t *testing.T) {
	r := serve(t, `faults:
- {of: burn, nth: 1, do: status, code: 503, retryAfter: 7}
- {of: burn, nth: 2, do: status, code: 500, acts: true}
- {of: burn, nth: 3, do: status, code: 202}
- {of: health, nth: 1, do: status, code: 429}`)
	for _, c := range []struct {
		status, burns int
		retryAfter    string
	}{{503, 0, "7"}, {500, 1, ""}, {202, 1, ""}, {202, 2, ""}} {
		h := r.mustAsk(http.MethodPost, burn)
		if h.status != c.status || h.header.Get("Retry-After") != c.retryAfter {
			t.Errorf("%d, Retry-After %q; want %+v", h.status, h.header.Get("Retry-After"), c)
		}
		r.mustHaveBurned(c.burns)
	}
	if h := r.mustAsk(http.MethodGet, "/health"); h.status != 429 || h.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%+v", h)
	}
}

func TestARedirect(t *testing.T) {
	r := serve(t, "faults: [{of: burn, nth: 1, do: redirect, to: 'http://elsewhere.example/burn'}]")
	h := r.mustAsk(http.MethodPost, burn)
	if h.status != 307 || h.header.Get("Location") != "http://elsewhere.example/burn" {
		t.Errorf("%+v", h)
	}
	r.mustHaveBurned(0)
}

func TestUnreadableAnswers(t *testing.T) {
	isHealth := func(body string) bool {
		var h Health
		return json.Unmarshal([]byte(body), &h) == nil && h.Running == "fw:1"
	}
	t.Run("truncated", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, nth: 1, do: truncate}]")
		h := r.mustAsk(http.MethodGet, "/health")
		if h.status != 200 || !strings.HasPrefix(h.body, `{"device":"press-01"`) || json.Valid([]byte(h.body)) {
			t.Errorf("%+v", h)
		}
	})
	t.Run("garbage", func(t *testing.T) {
		r := serve(t, "faults: [{of: any, do: garbage}]")
		first, second := r.mustAsk(http.MethodGet, "/health"), r.mustAsk(http.MethodGet, "/health")
		if json.Valid([]byte(first.body)) || len(first.body) < garbageSize || first.body == second.body {
			t.Errorf("%q and %q", first.body, second.body)
		}
		if h := r.mustAsk(http.MethodPost, burn); h.status != 202 || len(h.body) < garbageSize {
			t.Errorf("%+v", h)
		}
		r.mustHaveBurned(1)
	})
	t.Run("wrong content type", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, do: wrong-type, type: text/html}]")
		if h := r.mustAsk(http.MethodGet, "/health"); h.header.Get("Content-Type") != "text/html" || !isHealth(h.body) {
			t.Errorf("%+v", h)
		}
	})
	t.Run("weak ETag", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, nth: 1, do: weak-etag}]")
		weak, strong := r.mustAsk(http.MethodGet, "/health"), r.mustAsk(http.MethodGet, "/health")
		if tag := strong.header.Get("ETag"); weak.header.Get("ETag") != "W/"+tag || !strings.HasPrefix(tag, `"`) || weak.body != strong.body {
			t.Errorf("%+v, then %+v", weak, strong)
		}
	})
	t.Run("huge header", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, do: huge-header}]")
		if h := r.mustAsk(http.MethodGet, "/health"); len(h.header.Get("X-Padding")) != hugeHeaderSize || !isHealth(h.body) {
			t.Errorf("%d bytes of padding, body %q", len(h.header.Get("X-Padding")), h.body)
		}
	})
	t.Run("full body", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, do: full-body}]")
		if h := r.mustAsk(http.MethodGet, "/health"); len(h.body) != 64<<10 || !isHealth(h.body) {
			t.Errorf("%d bytes, %.200q", len(h.body), h.body)
		}
	})
	t.Run("reset after the JSON", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, do: late-reset}]")
		if h, err := r.ask(t.Context(), http.MethodGet, "/health"); err == nil || !isHealth(h.body) {
			t.Errorf("%+v, %v", h, err)
		}
	})
	t.Run("reset in the middle", func(t *testing.T) {
		r := serve(t, "faults: [{of: any, do: reset}]")
		for range 2 {
			h, err := r.ask(t.Context(), http.MethodPost, burn)
			if err == nil || json.Valid([]byte(h.body)) {
				t.Errorf("%+v, %v", h, err)
			}
		}
		r.mustHaveBurned(2)
		if h, err := r.ask(t.Context(), http.MethodGet, "/health"); err == nil || isHealth(h.body) {
			t.Errorf("%+v, %v", h, err)
		}
	})
	t.Run("endless", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, nth: 1, do: endless}]")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if n, err := io.CopyN(io.Discard, res.Body, 10<<20); err != nil {
			t.Errorf("it ended after %d bytes: %v", n, err)
		}
		// The client reads no more, so the handler is stuck in a write; that
		// holds up nobody else.
		for range 300 {
			r.health()
		}
		// Once the client hangs up, the handler ends: the server can close.
	})
	t.Run("endless, of a device that goes down", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, nth: 1, do: endless}]")
		ended := make(chan error, 1)
		go func() {
			_, err := r.ask(t.Context(), http.MethodGet, "/health")
			ended <- err
		}()
		r.eventually("the request", func() bool { return r.Truth().Requests["health"] == 1 })
		r.post("/reboot")
		if err := <-ended; err == nil {
			t.Error("it ended as if whole")
		}
	})
}

func TestAnotherDevicesAnswer(t *testing.T) {
	r := serve(t, "faults: [{of: health, nth: 2, do: other-device, device: press-02}]")
	right, other := r.mustAsk(http.MethodGet, "/health"), r.mustAsk(http.MethodGet, "/health")
	if !strings.Contains(other.body, `"device":"press-02"`) || other.header.Get("ETag") == right.header.Get("ETag") {
		t.Errorf("%+v", other)
	}
}

func TestAClockThatIsOff(t *testing.T) {
	r := serve(t, "faults: [{of: health, nth: 2, do: skew-clock, by: -2h}]")
	right, off := r.mustAsk(http.MethodGet, "/health"), r.mustAsk(http.MethodGet, "/health")
	if right.header.Get("Date") != "Thu, 01 Jan 2026 00:00:00 GMT" || off.header.Get("Date") != "Wed, 31 Dec 2025 22:00:00 GMT" {
		t.Errorf("%s and then %s", right.header.Get("Date"), off.header.Get("Date"))
	}
	if right.body != off.body {
		t.Errorf("%s and then %s", right.body, off.body)
	}
}
