// Package stdout is a program's standard output, of which it's known in the end
// whether all of it could be written.
package stdout

import "io"

// Writer passes on what is written, and keeps the first error of that: what
// prints a help or a report looks at none. It's for one goroutine at a time.
type Writer struct {
	To io.Writer
	// Err is the first error, if there was one.
	Err error
}

// Write writes to To, unless that has failed before.
func (w *Writer) Write(p []byte) (int, error) {
	if w.Err != nil {
		return 0, w.Err
	}
	n, err := w.To.Write(p)
	w.Err = err
	return n, err
}
