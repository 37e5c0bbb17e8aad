package explore

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// dropWords drops each word after a command's first.
func (s *shrinker) dropWords(c candidate) candidate {
	for _, at := range c.all() {
		for n := len(c.at(at).Words) - 1; n > 0; n-- {
			if one := c.at(at); one.fault == 0 && !one.fixed {
				c, _ = s.try(c.with(at, one.words(slices.Delete(one.said(), n, n+1))), c)
			}
		}
	}
	return c
}

// fewerNames has words that stand for several names stand for fewer.
func (s *shrinker) fewerNames(c candidate) candidate {
	return s.replace(c, func(one command, word string) []string {
		before, rest, isRange := strings.Cut(word, "{")
		within, after, closed := strings.Cut(rest, "}")
		if !isRange || !closed || one.fault > 0 {
			return nil
		}
		var fewer []string
		for _, names := range fewerOf(within) {
			if strings.ContainsAny(names, ".,") {
				names = "{" + names + "}"
			}
			fewer = append(fewer, before+names+after)
		}
		return fewer
	})
}

// fewerOf are shorter ranges or lists than one: each half, and for a list those without
// one of its names; a single name last.
func fewerOf(names string) (fewer []string) {
	if low, high, isRange := strings.Cut(names, ".."); isRange {
		first, err1 := strconv.Atoi(low)
		last, err2 := strconv.Atoi(high)
		if err1 != nil || err2 != nil || last < first {
			return nil
		}
		name := func(n int) string { return fmt.Sprintf("%0*d", len(low), n) }
		span := func(a, b int) string {
			if a == b {
				return name(a)
			}
			return name(a) + ".." + name(b)
		}
		if last == first {
			return []string{name(first)}
		}
		middle := (first + last) / 2
		return []string{span(first, middle), span(middle+1, last), span(first, last-1), span(first+1, last)}
	}
	all := strings.Split(names, ",")
	if len(all) < 2 {
		return nil
	}
	for n := range all {
		fewer = append(fewer, strings.Join(slices.Delete(slices.Clone(all), n, n+1), ","))
	}
	return fewer
}

// replace tries other words in the place of each that stands in a command; those that
// are found anew are looked at again.
func (s *shrinker) replace(c candidate, others func(one command, word string) []string) candidate {
	for _, at := range c.all() {
		for n := 1; n < len(c.at(at).Words); n++ {
			for found := true; found; {
				found = false
				one := c.at(at)
				for _, other := range others(one, one.Words[n].Text) {
					words := one.said()
					words[n] = other
					if c, found = s.try(c.with(at, one.words(words)), c); found {
						break
					}
				}
			}
		}
	}
	return c
}

// duration finds durations in a word.
var duration = regexp.MustCompile(`\b(?:[0-9]+(?:\.[0-9]+)?(?:h|ms|m|s|us|µs))+\b`)

// round are the durations that read best.
var round = []time.Duration{
	0, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 24 * time.Hour,
}

// shorter makes durations rounder and shorter.
func (s *shrinker) shorter(c candidate) candidate {
	for _, at := range c.all() {
		if one := c.at(at); one.fixed || one.name() == "rest" {
			continue // how long an operator has is no cause
		}
		for n := 1; n < len(c.at(at).Words); n++ {
			for k := range duration.FindAllStringIndex(c.at(at).Words[n].Text, -1) {
				c = s.shorten(c, at, n, k)
			}
		}
	}
	return c
}

// shorten makes the k-th duration of a command's n-th word shorter: as short as it can
// be, if all that are longer do, too.
func (s *shrinker) shorten(c candidate, at place, n, k int) candidate {
	one := c.at(at)
	word := one.Words[n].Text
	places := duration.FindAllStringIndex(word, -1)
	from, to := places[k][0], places[k][1]
	now, err := time.ParseDuration(word[from:to])
	if err != nil || !strings.Contains(word[:from], "=") {
		return c
	}
	var less []time.Duration
	for _, d := range round {
		if d < now {
			less = append(less, d)
		}
	}
	try := func(d time.Duration) (ok bool) {
		words := one.said()
		words[n] = word[:from] + short(d) + word[to:]
		c, ok = s.try(c.with(at, one.words(words)), c)
		return ok
	}
	for low, high := 0, len(less); low < high; {
		middle := (low + high) / 2
		if low == 0 && high == len(less) {
			middle = 0 // the shortest does most of the time
		}
		if try(less[middle]) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return c
}
