package devicesim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
)

// TestTheDocumentedSession types the requests of the documentation's run by
// hand, and compares the answers. "sleep" moves the clock.
func TestTheDocumentedSession(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	// The boot id that is shown holds the time of the device's start.
	born := regexp.MustCompile(`"bootID":"press-01\.([0-9a-f]+)\.1"`).FindSubmatch(text)
	date := regexp.MustCompile(`(?m)^Date: (.*)$`).FindSubmatch(text)
	if born == nil || date == nil {
		t.Fatal("no boot id or no date is shown")
	}
	start, err1 := strconv.ParseInt(string(born[1]), 16, 64)
	first, err2 := time.Parse(http.TimeFormat, string(date[1]))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	clk := clock.NewMock()
	clk.Set(time.UnixMicro(start))
	server := httptest.NewServer(New(Config{Name: "press-01", Running: "fw:1", Seed: 1, Plan: DefaultPlan}, clk))
	t.Cleanup(server.Close)
	r := &testDevice{t: t, clock: clk, agent: "curl", url: server.URL}
	clk.Set(first)

	typed := 0
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllSubmatch(text, -1) {
		for _, entry := range strings.Split("\n"+string(block[1]), "\n$ ")[1:] {
			command, shown, _ := strings.Cut(entry, "\n")
			if !strings.Contains(command, "curl ") {
				continue // what starts the device
			}
			typed++
			r.curl(command, strings.TrimSpace(shown))
		}
	}
	if typed < 5 {
		t.Errorf("only %d requests are shown", typed)
	}
}

// curl makes the request of a command line, and compares the answer with what
// is shown below it: every line of that has to be in the answer.
func (r *testDevice) curl(command, shown string) {
	r.t.Helper()
	if pause, rest, found := strings.Cut(command, "; "); found {
		seconds, err := strconv.Atoi(strings.TrimPrefix(pause, "sleep "))
		if err != nil {
			r.t.Fatalf("%s: only sleep may stand before a ;", command)
		}
		r.clock.Add(time.Duration(seconds) * time.Second)
		command = rest
	}
	method, path, header := http.MethodGet, "", []string(nil)
	words := regexp.MustCompile(`'[^']*'|\S+`).FindAllString(command, -1)
	for n := 1; n < len(words); n++ {
		switch word := strings.Trim(words[n], "'"); word {
		case "-i":
		case "-X":
			n++
			method = words[n]
		case "-H":
			n++
			key, value, _ := strings.Cut(strings.Trim(words[n], "'"), ": ")
			header = append(header, key, value)
		default:
			path = strings.TrimPrefix(word, "localhost:8080")
		}
	}
	got, err := r.ask(r.t.Context(), method, path, header...)
	if broke := strings.HasPrefix(shown, "curl: "); broke || err != nil {
		if !broke || err == nil {
			r.t.Errorf("%s\nshown:\n%s\nand it is: %v, %v", command, shown, got, err)
		}
		return
	}
	lines := []string{fmt.Sprintf("HTTP/1.1 %d %s", got.status, http.StatusText(got.status)), strings.TrimSpace(got.body)}
	for key := range got.header {
		lines = append(lines, key+": "+got.header.Get(key))
	}
	for line := range strings.Lines(shown) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			r.t.Errorf("%s\nshown: %s\nand it is:\n%s", command, line, strings.Join(lines, "\n"))
		}
	}
}
