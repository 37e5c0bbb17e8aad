package devicesim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
)

// chancy is a plan that leaves to chance whatever can be.
const chancy = `
transfer: 20s..40s
reboot: 5s..20s
faults:
- {of: transfer, p: 0.2, do: break, at: 40%}
- {of: transfer, p: 0.1, do: stall, at: 70%}
- {of: transfer, p: 0.2, do: corrupt}
- {of: transfer, p: 0.1, do: cut-power, at: 10%}
- {of: boot, p: 0.2, do: forget}
- {of: boot, p: 0.2, do: roll-back}
- {of: any, p: 0.05, do: lose-answer}
- {of: any, p: 0.05, do: refuse}
- {of: any, p: 0.05, do: status, code: 500, acts: true}
- {of: any, p: 0.05, do: garbage}
- {of: health, p: 0.2, do: wrong, field: running, value: fw:7}
- {of: health, p: 0.2, do: stale, age: 1m}
- {of: health, p: 0.02, do: cut-power}
`

// TestOneDevicesChanceDoesNotDependOnAnothersTraffic interleaves the requests of
// 100 devices in 50 orders, and compares each device's history.
func TestOneDevicesChanceDoesNotDependOnAnothersTraffic(t *testing.T) {
	const devices, orders, rounds = 100, 50, 6
	plan, err := ParsePlan([]byte(chancy))
	if err != nil {
		t.Fatal(err)
	}
	play := func(order *rand.Rand) []string {
		clk := clock.NewMock()
		var fleet []*Device
		history := make([]strings.Builder, devices)
		for n := range devices {
			fleet = append(fleet, New(Config{Name: fmt.Sprintf("press-%02d", n), Running: "fw:1", Seed: 7, Plan: plan}, clk))
		}
		for round := range rounds {
			// Each device gets some readings and then a POST, in this order;
			// whose turn it is, is another matter.
			turns := []int{}
			for n := range devices {
				for range n%3 + 2 {
					turns = append(turns, n)
				}
			}
			order.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
			left := make([]int, devices)
			for n := range left {
				left[n] = n%3 + 2
			}
			for _, n := range turns {
				method, path := http.MethodGet, "/health"
				if left[n]--; left[n] == 0 {
					method, path = http.MethodPost, []string{burn, "/reboot"}[round%2]
				}
				fmt.Fprintf(&history[n], "%s %s: %s\n", method, path, answerOf(fleet[n], method, path))
			}
			clk.Set(clk.Now().Add(25 * time.Second))
		}
		var all []string
		for n := range fleet {
			fmt.Fprintf(&history[n], "%+v\n", fleet[n].Truth())
			all = append(all, history[n].String())
		}
		return all
	}
	first := play(rand.New(rand.NewPCG(0, 0)))
	different := map[string]bool{}
	for n, h := range first {
		different[strings.ReplaceAll(h, fmt.Sprintf("press-%02d", n), "")] = true
	}
	if len(different) < devices*9/10 {
		t.Errorf("%d devices have only %d different histories", devices, len(different))
	}
	for n := range uint64(orders - 1) {
		for i, h := range play(rand.New(rand.NewPCG(1, n))) {
			if h != first[i] {
				t.Fatalf("device %d, in order %d:\n%s\nand in the first:\n%s", i, n+1, h, first[i])
			}
		}
	}
}

// answerOf is what a device answers, with no network between.
func answerOf(d *Device, method, path string) (text string) {
	defer func() {
		if recover() != nil {
			text = "no answer"
		}
	}()
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return fmt.Sprintf("%d %s %q", w.Code, w.Header().Get("ETag"), w.Body)
}

func TestChanceKeepsToItsProbability(t *testing.T) {
	r := serve(t, "faults: [{of: health, p: 0.25, do: refuse}, {of: health, p: 0.5, do: hang}]")
	count := map[string]int{}
	for n := range 4000 {
		f, _ := r.matchingFault(ofHealth, n+1, r.start, client{})
		count[f.Do]++
	}
	// 0.25, and 0.5 of the rest: within four standard deviations.
	for do, want := range map[string]int{doRefuse: 1000, doHang: 1500, "": 1500} {
		if got := count[do]; got < want-130 || got > want+130 {
			t.Errorf("%q came %d times, and %d were to be expected", do, got, want)
		}
	}
}

func TestWhenAFaultMatches(t *testing.T) {
	for _, c := range []struct {
		fault Fault
		kind  string
		n     int
		at    time.Duration
		holds bool
	}{
		{Fault{Of: "burn"}, "burn", 5, 0, true},
		{Fault{Of: "burn"}, "health", 5, 0, false},
		{Fault{Of: "any"}, "health", 5, 0, true},
		{Fault{Of: "any"}, "transfer", 5, 0, false},
		{Fault{Of: "any"}, "boot", 5, 0, false},
		{Fault{Of: "boot"}, "boot", 5, 0, true},
		{Fault{Of: "burn", Nth: 5}, "burn", 5, 0, true},
		{Fault{Of: "burn", Nth: 5}, "burn", 6, 0, false},
		{Fault{Of: "burn", Every: 3}, "burn", 6, 0, true},
		{Fault{Of: "burn", Every: 3}, "burn", 7, 0, false},
		{Fault{Of: "burn", From: 5}, "burn", 1, 4, false},
		{Fault{Of: "burn", From: 5}, "burn", 1, 5, true},
		{Fault{Of: "burn", Until: 5}, "burn", 1, 4, true},
		{Fault{Of: "burn", Until: 5}, "burn", 1, 5, false},
	} {
		if c.fault.matches(c.kind, c.n, c.at) != c.holds {
			t.Errorf("%+v", c)
		}
	}
}
