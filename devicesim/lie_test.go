package devicesim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestDuplicateKey(t *testing.T) {
	r := serve(t, "faults: [{of: health, nth: 1, do: duplicate-key}]")
	h := r.mustAsk(http.MethodGet, "/health")
	if !json.Valid([]byte(h.body)) || !strings.Contains(h.body, `"running":"fw:1","healthy":true`) || !strings.Contains(h.body, `,"running":"fw:1-twice"}`) {
		t.Error(h.body)
	}
}

func TestAStaleAnswerWasTrueOnce(t *testing.T) {
	for seed := range uint64(20) {
		r := serve(t, "{transfer: 10s, faults: [{of: health, nth: 1, do: stale, age: 60s}]}")
		r.cfg.Seed = seed
		r.post(burn)
		r.after(60 * time.Second)
		h := r.mustAsk(http.MethodGet, "/health")
		ago := Range{Max: 60 * time.Second}.draw(r.random("health", 1, "age"))
		then := 60*time.Second - ago
		state := "running"
		if then >= 10*time.Second {
			state = "done"
		}
		want := fmt.Sprintf(`"state":%q,"progress":%d}`, state, min(100, then/(100*time.Millisecond)))
		if !strings.Contains(h.body, want) {
			t.Errorf("seed %d, %v old: %s, want %s", seed, ago, h.body, want)
		}
		now := r.mustAsk(http.MethodGet, "/health")
		if (h.header.Get("ETag") == now.header.Get("ETag")) != (state == "done") {
			t.Errorf("seed %d: the ETag is %s, and the right one %s", seed, h.header.Get("ETag"), now.header.Get("ETag"))
		}
	}
}

func TestAnythingCanBeWrong(t *testing.T) {
	for _, c := range []struct{ field, value, shows string }{
		{"device", "press-02", `"device":"press-02"`},
		{"bootID", "x", `"bootID":"x"`},
		{"running", "fw:7", `"running":"fw:7"`},
		{"healthy", "false", `"healthy":false`},
		{"staged", "fw:7", `"staged":{"image":"fw:7","key":"k"}`},
		{"transfer.key", "z", `"transfer":{"key":"z","image":"fw:2","state":"running","progress":50}`},
		{"transfer.image", "fw:7", `"transfer":{"key":"k","image":"fw:7","state":"running","progress":50}`},
		{"transfer.state", "done", `"transfer":{"key":"k","image":"fw:2","state":"done","progress":50}`},
		{"transfer.state", "none", `"healthy":true}`},
		{"transfer.state", "paused", `"state":"paused"`},
		{"transfer.progress", "fraction", `"progress":50.5}`},
		{"running", "none", `"running":""`},
		{"device", "none", `"device":""`},
		{"healthy", "none", `"running":"fw:1","transfer"`},
		{"running", "longest", `"running":"` + strings.Repeat("x", 512) + `"`},
		{"running", "overlong", `"running":"` + strings.Repeat("x", 513) + `"`},
		{"staged", "unnamed", `"staged":{"image":"","key":"unnamed"}`},
		{"transfer.progress", "-5", `"transfer":{"key":"k","image":"fw:2","state":"running","progress":-5}`},
	} {
		t.Run(c.field+"="+c.value, func(t *testing.T) {
			r := serve(t, fmt.Sprintf("{transfer: 30s, faults: [{of: health, nth: 1, do: wrong, field: %s, value: %s}]}", c.field, c.value))
			r.post(burn)
			r.after(15 * time.Second)
			wrong, right := r.mustAsk(http.MethodGet, "/health"), r.mustAsk(http.MethodGet, "/health")
			if !strings.Contains(wrong.body, c.shows) || strings.Contains(right.body, c.shows) {
				t.Errorf("%s, then %s", wrong.body, right.body)
			}
		})
	}
	t.Run("etag", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, nth: 1, do: wrong, field: etag, value: x}]")
		if tag := r.tag(); tag != `"x"` {
			t.Error(tag)
		}
	})
	t.Run("staged=none", func(t *testing.T) {
		r := serve(t, "{transfer: 1s, faults: [{of: health, nth: 1, do: wrong, field: staged, value: none}]}")
		r.post(burn)
		r.after(time.Second)
		if r.health().Staged != nil || r.health().Staged == nil {
			t.Error("the lie isn't told, or not only once")
		}
	})
	if len(lieNames) != len(lies) {
		t.Errorf("%d names for %d lies", len(lieNames), len(lies))
	}
}

// isLie says whether a reading isn't what the device is.
func (r *testDevice) isLie() bool {
	h := r.health()
	return h.Running != r.Truth().Running
}

func TestTheBound(t *testing.T) {
	const always = "faults: [{of: health, do: wrong, field: running, value: fw:7%s}]"
	t.Run("two right readings come between two wrong ones", func(t *testing.T) {
		r := serve(t, fmt.Sprintf(always, ""))
		for n := range 30 {
			if lie := r.isLie(); lie != (n%3 == 0) {
				t.Fatalf("reading %d: a lie: %t", n+1, lie)
			}
		}
	})
	t.Run("each client has its own", func(t *testing.T) {
		r := serve(t, fmt.Sprintf(always, ""))
		for n := range 30 {
			r.agent = fmt.Sprintf("tester/%d", n%5)
			if lie := r.isLie(); lie != (n/5%3 == 0) {
				t.Fatalf("reading %d of %s: a lie: %t", n/5+1, r.agent, lie)
			}
		}
	})
	t.Run("unreadable answers are neither", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, every: 2, do: truncate}, {of: health, nth: 13, do: delay, for: 1s}, {of: health, do: stale, age: 1s}, {of: health, do: wrong, field: running, value: fw:7}]")
		// Each even one is truncated; of the others, each third may be stale.
		for n := 1; n <= 12; n++ {
			r.mustAsk(http.MethodGet, "/health")
			want := tally{wrongAt: (n-1)/6*6 + 1, right: (n - 1) % 6 / 2}
			if got := r.tally(); got != want {
				t.Fatalf("after reading %d: %+v, want %+v", n, got, want)
			}
		}
		_, _, answered := r.hanging(http.MethodGet, "/health")
		before := r.tally()
		r.pass <- struct{}{}
		<-answered
		if r.tally() != before {
			t.Error("a late answer counts")
		}
	})
	t.Run("a fault that may not lie leaves the turn to the next", func(t *testing.T) {
		r := serve(t, "faults: [{of: health, do: wrong, field: running, value: fw:7}, {of: health, do: status, code: 503}]")
		r.health()
		for range 5 {
			if h := r.mustAsk(http.MethodGet, "/health"); h.status != 503 {
				t.Errorf("%+v", h)
			}
		}
	})
	t.Run("beyond it, there is none", func(t *testing.T) {
		r := serve(t, fmt.Sprintf(always, ", beyondBound: true"))
		for n := range 30 {
			if !r.isLie() {
				t.Fatalf("reading %d is true", n+1)
			}
		}
	})
	t.Run("it takes no more memory with ever more clients", func(t *testing.T) {
		r := serve(t, fmt.Sprintf(always, ""))
		lies := 0
		for n := range maxClients + 50 {
			r.agent = fmt.Sprintf("tester/%d", n)
			if r.isLie() {
				lies++
			}
		}
		if lies != maxClients {
			t.Errorf("%d clients were lied to", lies)
		}
	})
}

// tally is the tally of the test's one client.
func (r *testDevice) tally() tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tallies {
		return t
	}
	return tally{}
}
