package devicesim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Plan is how long a device takes and what goes wrong: data, the same for
// every place that a device runs in.
type Plan struct {
	// Transfer is how long a transfer takes.
	Transfer Range
	// Reboot is how long a reboot takes.
	Reboot Range
	// Breaks are the transfers that break.
	Breaks []Break
}

// Range is a duration between two bounds, drawn anew each time.
type Range struct {
	// Min and Max are the bounds, both included; equal bounds leave nothing
	// to chance.
	Min, Max time.Duration
}

// Break says that a transfer breaks.
type Break struct {
	// Nth is which transfer breaks, counted from 1; 0 is every one.
	Nth int
	// At is the progress at which it breaks, in percent: 1 to 99.
	At int
}

// draw picks a duration, in whole milliseconds where there is a choice.
func (r Range) draw(rng *rand.Rand) time.Duration {
	if r.Max <= r.Min {
		return r.Min
	}
	span := int64((r.Max - r.Min) / time.Millisecond)
	return r.Min + time.Duration(rng.Int64N(span+1))*time.Millisecond
}

// breakOf is the percentage at which the n-th transfer breaks, or 0.
func (p Plan) breakOf(n int) int {
	for _, b := range p.Breaks {
		if b.Nth == n || b.Nth == 0 {
			return b.At
		}
	}
	return 0
}

// random returns the source of one choice: a pure function of the seed, the
// device's name, the kind of request and its ordinal.
func (d *Device) random(kind string, ordinal int) *rand.Rand {
	h := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%s\x00%d", d.cfg.Seed, d.cfg.Name, kind, ordinal))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16])))
}

// ParseRange reads "30s" or "20s..40s". The error says what was expected.
func ParseRange(s string) (Range, error) {
	low, high, isRange := strings.Cut(s, "..")
	if !isRange {
		high = low
	}
	var r Range
	var err error
	if r.Min, err = parseDuration(low); err != nil {
		return Range{}, err
	}
	if r.Max, err = parseDuration(high); err != nil {
		return Range{}, err
	}
	if r.Max < r.Min {
		return Range{}, fmt.Errorf("expected the smaller duration first, as in 20s..40s")
	}
	return r, nil
}

// maxDuration bounds what a plan may ask for; beyond it, times would overflow.
const maxDuration = 10 * 365 * 24 * time.Hour

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxDuration || d%time.Microsecond != 0 {
		return 0, fmt.Errorf("expected a duration such as 30s, or a range such as 20s..40s, in whole microseconds")
	}
	return d, nil
}

// ParseBreaks reads "1st@40%", "every@40%", or several of them with commas
// between. The error says what was expected.
func ParseBreaks(s string) ([]Break, error) {
	var breaks []Break
	for part := range strings.SplitSeq(s, ",") {
		which, at, _ := strings.Cut(part, "@")
		var b Break
		percent, isPercent := strings.CutSuffix(at, "%")
		n, err := strconv.Atoi(percent)
		if !isPercent || err != nil || n < 1 || n > 99 {
			return nil, fmt.Errorf("expected which transfer breaks, and at what progress from 1%% to 99%%, as in 1st@40%% or every@40%%")
		}
		b.At = n
		if which != "every" {
			digits := strings.TrimRight(which, "stndrh")
			if b.Nth, err = strconv.Atoi(digits); err != nil || b.Nth < 1 || which != Ordinal(b.Nth) {
				return nil, fmt.Errorf("expected which transfer breaks as every, 1st, 2nd, 3rd and so on, as in 1st@40%%")
			}
		}
		breaks = append(breaks, b)
	}
	return breaks, nil
}

// Ordinal is a number as people count: 1st, 2nd, 3rd, 4th.
func Ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
