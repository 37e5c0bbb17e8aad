package devicesim

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// deliveries are the ways to answer a request, by the effect of its fault. The
// entry without a name answers correctly. None holds the device's lock while it
// waits or writes.
var deliveries map[string]func(*request, http.ResponseWriter)

func init() {
	deliveries = map[string]func(*request, http.ResponseWriter){
		"":             answerCorrectly,
		doCutPower:     cutPowerInstead,
		doRefuse:       refuse,
		doHang:         hang,
		doDelay:        delay,
		doLoseAnswer:   loseAnswer,
		doReset:        resetMidway,
		doLateReset:    resetLate,
		doDrip:         drip,
		doStatus:       answerStatus,
		doRedirect:     redirect,
		doTruncate:     truncate,
		doGarbage:      garbage,
		doWrongType:    wrongType,
		doWeakETag:     weakETag,
		doEndless:      endless,
		doHugeHeader:   hugeHeader,
		doFullBody:     fullBody,
		doSkewClock:    skewClock,
		doLinger:       linger,
		doOtherDevice:  otherDevice,
		doDuplicateKey: duplicateKey,
		doStale:        stale,
		doWrong:        wrong,
	}
}

func answerCorrectly(q *request, w http.ResponseWriter) {
	a, ok := q.act()
	if !ok {
		hangUp(w, true)
		return
	}
	a.send(w)
	q.countRight()
}

// countRight counts a right reading for the bound.
func (q *request) countRight() {
	if q.http.Method == http.MethodGet && q.http.Context().Err() == nil {
		q.d.countRight(q.client, q.ordinal)
	}
}

// actFirst acts on a request if its fault says so. If the request can't be
// answered any more, it closes the connection and returns false.
func (q *request) actFirst(w http.ResponseWriter) bool {
	if !q.fault.acts() {
		return true
	}
	_, ok := q.act()
	if !ok {
		hangUp(w, true)
	}
	return ok
}

// correctAnswer is the answer to a request, before its fault spoils it. If the
// request can't be answered any more, it closes the connection and ok is false.
func (q *request) correctAnswer(w http.ResponseWriter) (a answer, ok bool) {
	if !q.fault.acts() && q.kind != ofHealth {
		return newAnswer(http.StatusAccepted, q.d.clock.Now()), true
	}
	if a, ok = q.act(); !ok {
		hangUp(w, true)
	}
	return a, ok
}

func cutPowerInstead(q *request, w http.ResponseWriter) {
	if !q.actFirst(w) {
		return
	}
	q.ifAnswerable(func(now time.Time) {
		q.d.cutPower(now, q.fault)
		q.d.saveState(now)
	})
	hangUp(w, true)
}

// refuse resets a connection that was not refused, as it should have been: see
// Refuses.
func refuse(_ *request, w http.ResponseWriter) { hangUp(w, true) }

func hang(q *request, w http.ResponseWriter) {
	if !q.actFirst(w) {
		return
	}
	q.d.cfg.Wait(q.http.Context(), forever) //nolint:errcheck // it ends when the client leaves
	hangUp(w, true)
}

func delay(q *request, w http.ResponseWriter) {
	if err := q.d.cfg.Wait(q.http.Context(), q.fault.For); err != nil {
		hangUp(w, true)
		return
	}
	a, ok := q.act()
	if !ok {
		hangUp(w, true)
		return
	}
	a.send(w)
}

func loseAnswer(q *request, w http.ResponseWriter) {
	q.actFirst(w)
	hangUp(w, false)
}

func resetMidway(q *request, w http.ResponseWriter) {
	if a, ok := q.correctAnswer(w); ok {
		// An answer without a body announces one all the same, so that there is a
		// middle to reset it in.
		a.reset(w, len(a.body)/2, max(len(a.body), 64))
	}
}

func resetLate(q *request, w http.ResponseWriter) {
	if a, ok := q.correctAnswer(w); ok {
		a.reset(w, len(a.body), len(a.body)+1)
	}
}

// drip sends its body byte by byte. If the device's state changes meanwhile, it
// closes the connection: the answer would be stale by its end, and the bound would
// not count it.
func drip(q *request, w http.ResponseWriter) {
	a, ok := q.correctAnswer(w)
	if !ok {
		return
	}
	a.begin(w, len(a.body))
	ok = q.push(w, nil) // the header comes at once
	for _, b := range a.body {
		ok = ok && q.d.cfg.Wait(q.http.Context(), q.fault.Pace) == nil && q.current(a) && q.push(w, []byte{b})
	}
	if !ok {
		hangUp(w, true)
	}
}

// current says whether a health answer still shows the device's state.
func (q *request) current(a answer) (same bool) {
	q.ifAnswerable(func(time.Time) { same = a.header.Get("ETag") == q.d.etag(q.d.state) })
	return same
}

// push sends some bytes of a body immediately. It returns false if the client has
// gone or the device has gone down.
func (q *request) push(w http.ResponseWriter, some []byte) bool {
	if !q.ifAnswerable(func(time.Time) {}) {
		return false
	}
	_, err := w.Write(some)
	return err == nil && http.NewResponseController(w).Flush() == nil
}

func answerStatus(q *request, w http.ResponseWriter) {
	if !q.actFirst(w) {
		return
	}
	a := newAnswer(q.fault.Code, q.d.clock.Now())
	if q.fault.Code >= 400 {
		a = problem(q.fault.Code, q.d.clock.Now(), "")
	}
	if q.fault.RetryAfter != nil {
		a.header.Set("Retry-After", strconv.Itoa(*q.fault.RetryAfter))
	}
	a.send(w)
}

func redirect(q *request, w http.ResponseWriter) {
	if !q.actFirst(w) {
		return
	}
	a := newAnswer(http.StatusTemporaryRedirect, q.d.clock.Now())
	a.header.Set("Location", q.fault.To)
	a.send(w)
}

func truncate(q *request, w http.ResponseWriter) {
	if a, ok := q.correctAnswer(w); ok {
		a.body = a.body[:len(a.body)/2]
		a.send(w)
	}
}

// garbageSize is the length of a garbage body, in bytes.
const garbageSize = 512

func garbage(q *request, w http.ResponseWriter) {
	a, ok := q.correctAnswer(w)
	if !ok {
		return
	}
	rng := q.d.random(q.kind, q.ordinal, "garbage")
	noise := make([]byte, garbageSize)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	a.json("application/json", noise)
	a.send(w)
}

func wrongType(q *request, w http.ResponseWriter) {
	if a, ok := q.correctAnswer(w); ok {
		a.header.Set("Content-Type", q.fault.Type)
		a.send(w)
	}
}

func weakETag(q *request, w http.ResponseWriter) {
	if a, ok := q.correctAnswer(w); ok {
		a.header.Set("ETag", "W/"+a.header.Get("ETag"))
		a.send(w)
	}
}

// endless sends the correct answer without its end, followed by blanks, at which no
// JSON decoder stops.
func endless(q *request, w http.ResponseWriter) {
	a, ok := q.correctAnswer(w)
	if !ok {
		return
	}
	a.begin(w, -1)
	ok = q.push(w, bytes.TrimRight(a.body, "}\n"))
	for blanks := bytes.Repeat([]byte(" "), 16<<10); ok; {
		ok = q.push(w, blanks)
	}
	hangUp(w, true)
}

// hugeHeaderSize is the length of a huge header, in bytes.
const hugeHeaderSize = 20 << 10

func hugeHeader(q *request, w http.ResponseWriter) {
	if a, ok := q.correctAnswer(w); ok {
		a.header.Set("X-Padding", strings.Repeat("x", hugeHeaderSize))
		a.send(w)
	}
}

// maxBody is the length of the longest body that the API allows, in bytes.
const maxBody = 64 << 10

func fullBody(q *request, w http.ResponseWriter) {
	if a, ok := q.correctAnswer(w); ok {
		a.body = append(a.body, bytes.Repeat([]byte(" "), maxBody-len(a.body))...)
		a.send(w)
		q.countRight()
	}
}

func skewClock(q *request, w http.ResponseWriter) {
	a, ok := q.act()
	if !ok {
		hangUp(w, true)
		return
	}
	a.header.Set("Date", q.d.clock.Now().Add(q.fault.By).UTC().Format(http.TimeFormat))
	a.send(w)
	q.countRight()
}

// linger accepts a reboot and delays it.
func linger(q *request, w http.ResponseWriter) {
	var a answer
	if !q.ifAnswerable(func(now time.Time) { a = q.d.answerReboot(q.http, now, q.fault.For) }) {
		hangUp(w, true)
		return
	}
	a.send(w)
}
