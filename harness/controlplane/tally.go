package controlplane

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// tally receives the go command's standard error. It counts modules and packages, and
// keeps other lines.
type tally struct {
	mu       sync.Mutex // guards what follows
	part     []byte     // of a line that isn't complete
	modules  int
	packages int
	expected int
	rest     strings.Builder
}

// Write processes whole lines, and keeps the beginning of the next one.
func (t *tally) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.part = append(t.part, p...)
	for {
		line, after, found := bytes.Cut(t.part, []byte("\n"))
		if !found {
			return len(p), nil
		}
		t.line(string(line))
		t.part = after
	}
}

func (t *tally) line(line string) {
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		t.modules++
	case line != "" && !strings.ContainsAny(line, " \t:"):
		t.packages++ // go build -v names a package as it compiles it
	default:
		t.rest.WriteString(line + "\n")
	}
}

// expect sets the number of packages to compile.
func (t *tally) expect(packages int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expected = packages
}

func (t *tally) fetching() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprintf("%d modules fetched", t.modules)
}

func (t *tally) compiling() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	// If all packages of a program are cached, it is only linked.
	percent := 100
	if t.packages < t.expected {
		percent = 100 * t.packages / t.expected
	}
	return fmt.Sprintf("%d of %d packages compiled, %d%%", min(t.packages, t.expected), t.expected, percent)
}

// messages returns the lines that are neither a module nor a package, nil if there are
// none.
func (t *tally) messages() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := firstLines(t.rest.String()+string(t.part), 20)
	if text == "" {
		return nil
	}
	return errors.New(text)
}

func (t *tally) forgetMessages() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.part = nil
	t.rest.Reset()
}
