package devicesim

import (
	"errors"
	"math/rand/v2"
	"strings"
	"time"
)

// Range is a range of durations, from which one is drawn each time.
type Range struct {
	// Min and Max are the inclusive bounds. If they are equal, nothing is random.
	Min, Max time.Duration
}

// draw picks a duration, in whole milliseconds above Min.
func (r Range) draw(rng *rand.Rand) time.Duration {
	if r.Max <= r.Min {
		return r.Min
	}
	span := int64((r.Max - r.Min) / time.Millisecond)
	return r.Min + time.Duration(rng.Int64N(span+1))*time.Millisecond
}

// rangeForm is how a Range is written.
const rangeForm = "a duration such as 30s, or a range such as 20s..40s, in whole microseconds and of at most a year"

// ParseRange parses "30s" or "20s..40s". The error says what was expected.
func ParseRange(s string) (Range, error) {
	low, high, isRange := strings.Cut(s, "..")
	if !isRange {
		high = low
	}
	var r Range
	var err1, err2 error
	r.Min, err1 = parseDuration(low)
	r.Max, err2 = parseDuration(high)
	if err1 != nil || err2 != nil {
		return Range{}, errors.New("expected " + rangeForm)
	}
	if r.Max < r.Min {
		return Range{}, errors.New("expected the smaller duration first, as in 20s..40s")
	}
	return r, nil
}

// maxDuration limits the durations of a plan, so that times don't overflow.
const maxDuration = 365 * 24 * time.Hour

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxDuration || d%time.Microsecond != 0 {
		return 0, errors.New("a duration such as 30s or 1m30s, of at most a year, in whole microseconds")
	}
	return d, nil
}
