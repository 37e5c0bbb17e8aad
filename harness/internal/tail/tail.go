// Package tail keeps the end of what programs write.
package tail

import (
	"io"
	"strings"
	"sync"
)

// Writer passes on what programs write, and keeps the end of it for an error.
// Any number of goroutines may write to it.
type Writer struct {
	// To gets everything; nil is nobody.
	To io.Writer

	mu   sync.Mutex // guards what follows
	kept []byte
}

const size = 4 << 10 // bytes

// Write never fails: a program mustn't end since nobody wants to read it.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.To != nil {
		_, _ = w.To.Write(p)
	}
	w.kept = append(w.kept, p...)
	if over := len(w.kept) - size; over > 0 {
		w.kept = append(w.kept[:0], w.kept[over:]...)
	}
	return len(p), nil
}

// String returns what is kept, at most 4 KiB.
func (w *Writer) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.TrimSpace(string(w.kept))
}
