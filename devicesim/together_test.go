package devicesim

import (
	"net/http"
	"sync"
	"testing"
)

// TestManyClientsAtOnce is for the race detector, and for requests that get
// lost between two counts.
func TestManyClientsAtOnce(t *testing.T) {
	r := serve(t, "{transfer: 0s, faults: [{of: health, p: 0.2, do: wrong, field: running, value: fw:7}, {of: any, p: 0.2, do: lose-answer}, {of: health, p: 0.1, do: stale, age: 1m}, {of: burn, p: 0.3, do: status, code: 500, acts: true}]}")
	const clients, rounds = 8, 25
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range rounds {
				r.ask(t.Context(), http.MethodGet, "/health") //nolint:errcheck // some get no answer
				r.ask(t.Context(), http.MethodPost, burn)     //nolint:errcheck // some get no answer
				// A reboot would break off what the others have under way.
				r.ask(t.Context(), http.MethodPost, "/reboot", "If-Match", `"old"`) //nolint:errcheck // some get no answer
				r.Truth()
			}
		})
	}
	all.Wait()
	got := r.Truth()
	for _, kind := range []string{ofHealth, ofBurn, ofReboot} {
		if got.Requests[kind] != clients*rounds {
			t.Errorf("%d requests of kind %s came, and %d were sent", got.Requests[kind], kind, clients*rounds)
		}
	}
	r.mustHaveBurned(clients * rounds)
}
