package controlplane

import (
	"io"
	"strings"
	"sync"
)

// tail passes on what programs write, and keeps the end of it for an error.
type tail struct {
	mu   sync.Mutex
	to   io.Writer // nil for nobody
	kept []byte
}

const tailSize = 4 << 10 // bytes

// Write never fails: a program mustn't end since nobody wants to read it.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.to != nil {
		_, _ = t.to.Write(p)
	}
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

// String returns what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.kept))
}
