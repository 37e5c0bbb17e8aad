package devicesim

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind is the type of a field in YAML and JSON.
type kind string

const (
	aText    kind = "a text"
	aNumber  kind = "a number"
	aTruth   kind = "true or false"
	anything kind = "a text, a number, true or false"
)

// field is one field of a fault: its name in a plan, and how to parse it. The error
// says what was expected.
type field struct {
	name string
	kind kind
	set  func(*Fault, string) error
}

type fields []field

// faultFields are all fields of a fault, in the order in which they are parsed.
var faultFields = fields{
	{"of", aText, func(f *Fault, s string) (err error) { f.Of, err = choice(s, subjects); return }},
	{"do", aText, func(f *Fault, s string) error { f.Do = s; return nil }},
	{"nth", aNumber, func(f *Fault, s string) (err error) { f.Nth, err = whole(s, 1, 1e9); return }},
	{"every", aNumber, func(f *Fault, s string) (err error) { f.Every, err = whole(s, 1, 1e9); return }},
	{"from", aText, func(f *Fault, s string) (err error) { f.From, err = parseDuration(s); return }},
	{"until", aText, func(f *Fault, s string) (err error) { f.Until, err = parseDuration(s); return }},
	{"p", aNumber, func(f *Fault, s string) (err error) { f.P, err = probability(s); return }},
	{"at", aText, func(f *Fault, s string) (err error) { f.At, err = ParsePercent(s); return }},
	{"for", aText, func(f *Fault, s string) (err error) { f.For, err = parseDuration(s); return }},
	{"pace", aText, func(f *Fault, s string) (err error) { f.Pace, err = parseDuration(s); return }},
	{"age", aText, func(f *Fault, s string) (err error) { f.Age, err = age(s); return }},
	{"by", aText, func(f *Fault, s string) (err error) { f.By, err = offset(s); return }},
	{"acts", aTruth, func(f *Fault, s string) (err error) { f.Acts, err = pointer(yesOrNo(s)); return }},
	{"code", aNumber, func(f *Fault, s string) (err error) { f.Code, err = whole(s, 200, 599); return }},
	{"retryAfter", aNumber, func(f *Fault, s string) (err error) { f.RetryAfter, err = pointer(whole(s, 0, 86400)); return }},
	{"to", aText, func(f *Fault, s string) (err error) { f.To, err = absolute(s); return }},
	{"type", aText, func(f *Fault, s string) (err error) { f.Type, err = plain(s); return }},
	{"image", aText, func(f *Fault, s string) (err error) { f.Image, err = ParseImage(s); return }},
	{"device", aText, func(f *Fault, s string) (err error) { f.Device, err = plain(s); return }},
	{"field", aText, func(f *Fault, s string) (err error) { f.Field, err = choice(s, lieNames); return }},
	{"value", anything, func(f *Fault, s string) (err error) { f.Value, err = plain(s); return }},
	{"beyondBound", aTruth, func(f *Fault, s string) (err error) { f.BeyondBound, err = yesOrNo(s); return }},
}

func (all fields) named(name string) (field, bool) {
	i := slices.IndexFunc(all, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return all[i], true
}

func (all fields) names() []string {
	var names []string
	for _, f := range all {
		names = append(names, f.name)
	}
	return names
}

// form says what a field may hold.
func (all fields) form(name string) string {
	f, _ := all.named(name)
	if err := f.set(&Fault{}, ""); err != nil {
		return err.Error()
	}
	return string(f.kind)
}

func oneOf(choices []string) string { return "one of " + strings.Join(choices, ", ") }

func choice(s string, choices []string) (string, error) {
	if !slices.Contains(choices, s) {
		return "", errors.New(oneOf(choices))
	}
	return s, nil
}

func whole(s string, low, high int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("a whole number from %d to %d", low, high)
	}
	return n, nil
}

func probability(s string) (float64, error) {
	p, err := strconv.ParseFloat(s, 64)
	if err != nil || !(p > 0 && p <= 1) {
		return 0, errors.New("a probability greater than 0 and at most 1, such as 0.1")
	}
	return p, nil
}

// ParsePercent parses a progress such as "40%". The error says what was expected.
func ParsePercent(s string) (int, error) {
	digits, isPercent := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(digits)
	if !isPercent || err != nil || n < 1 || n > 99 {
		return 0, errors.New("a progress from 1% to 99%")
	}
	return n, nil
}

func age(s string) (time.Duration, error) {
	d, err := parseDuration(s)
	if err != nil || d < time.Millisecond || d > maxAge {
		return 0, errors.New("a duration from 1ms to 1h, such as 30s")
	}
	return d, nil
}

func offset(s string) (time.Duration, error) {
	d, err := parseDuration(strings.TrimPrefix(s, "-"))
	if err != nil {
		return 0, errors.New("a duration, such as 2h, or -2h for a clock that is behind")
	}
	if strings.HasPrefix(s, "-") {
		d = -d
	}
	return d, nil
}

func yesOrNo(s string) (bool, error) {
	if s != "true" && s != "false" {
		return false, errors.New("true or false")
	}
	return s == "true", nil
}

func absolute(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("a URL such as http://elsewhere.example/")
	}
	return s, nil
}

// maxText limits every text of the API and of a plan, in bytes.
const maxText = 512

// plain accepts only text that can't break a header or a line.
func plain(s string) (string, error) {
	if !isPlain(s) {
		return "", fmt.Errorf("1 to %d printable characters", maxText)
	}
	return s, nil
}

func isPlain(s string) bool {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= maxText
}

func pointer[T any](v T, err error) (*T, error) { return &v, err }
