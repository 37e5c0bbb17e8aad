package devicesim

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// readingAt is the reading that was true some time ago. If the request can't be
// answered any more, it closes the connection and ok is false.
func (q *request) readingAt(w http.ResponseWriter, ago time.Duration) (r reading, now time.Time, ok bool) {
	ok = q.ifAnswerable(func(at time.Time) {
		now = at
		then := at.Add(-ago)
		r = q.d.reading(q.d.stateAt(then), then)
	})
	if !ok {
		hangUp(w, true)
	}
	return r, now, ok
}

// sendReading sends a reading that is meant to be wrong. The fault has happened only
// if the reading differs from the truth.
func (q *request) sendReading(w http.ResponseWriter, a answer) {
	q.ifAnswerable(func(now time.Time) {
		if truth := q.d.reading(q.d.state, now).answer(now); a.header.Get("ETag") != truth.header.Get("ETag") || !bytes.Equal(a.body, truth.body) {
			q.fault.setHappened()
		}
	})
	a.send(w)
}

func otherDevice(q *request, w http.ResponseWriter) {
	if r, now, ok := q.readingAt(w, 0); ok {
		r.Device = q.fault.Device
		r.BootID = q.fault.Device + ".0.1"
		r.etag = strconv.Quote(r.BootID + ".0")
		r.answer(now).send(w)
	}
}

func stale(q *request, w http.ResponseWriter) {
	ago := Range{Max: q.fault.Age}.draw(q.d.random(q.kind, q.ordinal, "age"))
	if r, now, ok := q.readingAt(w, ago); ok {
		q.sendReading(w, r.answer(now))
	}
}

// duplicateKey sends one object that has a key twice, first with the true value and then
// with a wrong one.
func duplicateKey(q *request, w http.ResponseWriter) {
	r, now, ok := q.readingAt(w, 0)
	if !ok {
		return
	}
	a := r.answer(now)
	a.body = fmt.Appendf(bytes.TrimSuffix(a.body, []byte("}\n")), `,"running":%q}`, r.Running+"-twice")
	q.sendReading(w, a)
}

func wrong(q *request, w http.ResponseWriter) {
	if r, now, ok := q.readingAt(w, 0); ok {
		value := q.fault.Value
		switch value {
		case longest:
			value = strings.Repeat("x", maxText)
		case overlong:
			value = strings.Repeat("x", maxText+1)
		}
		lies[q.fault.Field].apply(&r, value)
		q.sendReading(w, r.answer(now))
	}
}

// lie is how a field of a health answer can be wrong.
type lie struct {
	apply func(r *reading, value string)
	check func(value string) error // the error says what was expected
}

// lieNames are the fields, in the order of the answer.
var lieNames = []string{"device", "bootID", "running", "healthy", "staged", "transfer.key", "transfer.image", "transfer.state", "transfer.progress", "etag"}

// none is the value of an absent field.
const none = "none"

// unnamed is the value of a slot with an image that has no name.
const unnamed = "unnamed"

// fraction is the value of a progress that is no whole number: a half more than it is.
const fraction = "fraction"

// longest and overlong are the values of a text that is as long as the API allows, and
// of one that is longer.
const (
	longest  = "longest"
	overlong = "overlong"
)

var lies = map[string]lie{
	"device": {apply: func(r *reading, v string) {
		if r.Device = v; v == none {
			r.Device = ""
		}
	}},
	"bootID": {apply: func(r *reading, v string) { r.BootID = v }},
	"running": {apply: func(r *reading, v string) {
		if r.Running = v; v == none {
			r.Running = ""
		}
	}},
	"etag": {apply: func(r *reading, v string) { r.etag = strconv.Quote(v) }},
	"healthy": {
		apply: func(r *reading, v string) { r.Healthy, r.saysNoHealth = v == "true", v == none },
		check: func(v string) error {
			if _, err := yesOrNo(v); err != nil && v != none {
				return errors.New("true, false or none")
			}
			return nil
		},
	},
	"staged": {apply: func(r *reading, v string) {
		switch {
		case v == none:
			r.Staged = nil
		case v == unnamed:
			r.Staged = &StagedImage{Key: unnamed}
		case r.Staged != nil:
			r.Staged.Image = v
		case r.Transfer != nil:
			r.Staged = &StagedImage{Image: v, Key: r.Transfer.Key}
		default:
			r.Staged = &StagedImage{Image: v}
		}
	}},
	"transfer.key":   {apply: func(r *reading, v string) { r.transfer().Key = v }},
	"transfer.image": {apply: func(r *reading, v string) { r.transfer().Image = v }},
	// No client knows another state than the API's.
	"transfer.state": {apply: func(r *reading, v string) {
		r.transfer().State = v
		if v == none {
			r.Transfer = nil
		}
	}},
	"transfer.progress": {
		apply: func(r *reading, v string) {
			if r.transfer(); v == fraction {
				r.fraction = true
				return
			}
			r.Transfer.Progress, _ = strconv.Atoi(v)
		},
		check: func(v string) error {
			if v == fraction {
				return nil
			}
			if _, err := whole(v, -1e6, 1e6); err != nil {
				return fmt.Errorf("%w, or %s", err, fraction)
			}
			return nil
		},
	},
}

// transfer is the reading's transfer, made up if there is none.
func (r *reading) transfer() *TransferStatus {
	if r.Transfer == nil {
		r.Transfer = &TransferStatus{Image: r.Running, State: stateDone, Progress: 100}
	}
	return r.Transfer
}

// checkLie checks that the field can have the value.
func (f Fault) checkLie() error {
	if check := lies[f.Field].check; check != nil {
		if err := check(f.Value); err != nil {
			return &FieldError{"value", f.Value, fmt.Sprintf("with field: %s %s", f.Field, err)}
		}
	}
	return nil
}
