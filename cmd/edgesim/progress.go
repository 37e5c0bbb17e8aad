package main

import (
	"fmt"
	"io"
	"strconv"
	"time"
)

// progressBar is one line on a terminal, which is written over. A nil one draws
// nothing.
type progressBar struct {
	out     io.Writer
	elapsed func() time.Duration

	last  time.Duration // when it was drawn
	drawn bool
}

// progressInterval is how much time has to pass before it is drawn again.
const progressInterval = 100 * time.Millisecond

const clearLine = "\r\x1b[K"

// draw says how far it has come.
func (b *progressBar) draw(done, total, violations int) {
	elapsed := b.elapsed()
	if b.drawn && elapsed < b.last+progressInterval {
		return
	}
	b.last, b.drawn = elapsed, true
	rate := float64(done) / max(elapsed.Seconds(), 0.001)
	left := time.Duration(float64(total-done) / max(rate, 0.001) * float64(time.Second)).Round(time.Second)
	fmt.Fprintf(b.out, "%s%s of %s runs, %.0f/s, %v left, %s violations", clearLine, thousands(done), thousands(total), rate, left, thousands(violations))
}

// shrinking says how many violations have been shrunk.
func (b *progressBar) shrinking(done, total int) {
	b.drawn = true
	fmt.Fprintf(b.out, "%s%s of %s violations shrunk", clearLine, thousands(done), thousands(total))
}

// clear takes the line away.
func (b *progressBar) clear() {
	if b != nil && b.drawn {
		fmt.Fprint(b.out, clearLine)
	}
}

// thousands writes a number as people do: 1,204.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
