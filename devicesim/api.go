package devicesim

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ServeHTTP is the device's API:
//
//	GET  /health               what runs, what is staged, how the transfer stands
//	POST /burn?image=X&key=K   transfer X to the free slot; 202
//	POST /reboot               go down and come back on what is staged; 202
//
// Both POSTs take If-Match (RFC 9110, section 13.1.1) with the ETag of a health
// answer, and answer 412 if the device's state has changed since. While the device
// reboots, every connection breaks. Handlers wait only through Config.Wait.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, refusal, up := d.arrive(r)
	switch {
	case !up:
		hangUp(w, true)
	case refusal != nil:
		refusal.send(w)
	default:
		deliveries[q.fault.Do](q, w)
	}
}

// request is a request that has reached the device.
type request struct {
	d         *Device
	http      *http.Request
	kind      string // health, burn, reboot
	ordinal   int    // of its kind, from 1
	client    client
	shutdowns int           // how often the device had gone down when it arrived
	fault     *plannedFault // what goes wrong
}

// arrive counts a request and selects its fault. A request outside the API gets a
// refusal. While the device is down, nothing arrives, and up is false.
func (d *Device) arrive(r *http.Request) (q *request, refusal *answer, up bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	d.catchUp(now)
	if d.down {
		return nil, nil, false
	}
	kind, refusal := route(r, now)
	if refusal != nil {
		return nil, refusal, true
	}
	d.requests[kind]++
	q = &request{d: d, http: r, kind: kind, ordinal: d.requests[kind], client: clientOf(r), shutdowns: d.shutdowns}
	q.fault = d.selectFault(kind, q.ordinal, now, q.client)
	if effects[q.fault.Do].lies {
		d.countWrong(q.client, q.ordinal)
	} else {
		q.fault.setHappened()
	}
	return q, nil, true
}

// route returns the kind of a request, or a refusal if it is outside the API.
func route(r *http.Request, now time.Time) (kind string, refusal *answer) {
	method := http.MethodPost
	switch r.URL.Path {
	case "/health":
		kind, method = ofHealth, http.MethodGet
	case "/burn":
		kind = ofBurn
	case "/reboot":
		kind = ofReboot
	default:
		a := problem(http.StatusNotFound, now, "there is GET /health, POST /burn and POST /reboot")
		return "", &a
	}
	if r.Method != method && !(kind == ofHealth && r.Method == http.MethodHead) {
		a := problem(http.StatusMethodNotAllowed, now, "use "+method)
		a.header.Set("Allow", method)
		if kind == ofHealth {
			a.header.Set("Allow", "GET, HEAD")
		}
		return "", &a
	}
	if kind != ofHealth && r.ContentLength != 0 {
		a := problem(http.StatusUnsupportedMediaType, now, "send no body: what there is to say goes into the query")
		return "", &a
	}
	return kind, nil
}

// act does what a request asks for and returns the correct answer. If the client
// has gone, or the device has gone down since the request arrived, act does nothing
// and ok is false.
func (q *request) act() (a answer, ok bool) {
	ok = q.ifAnswerable(func(now time.Time) {
		switch q.kind {
		case ofHealth:
			a = q.d.reading(q.d.state, now).answer(now)
		case ofBurn:
			a = q.d.answerBurn(q.http, now)
		case ofReboot:
			a = q.d.answerReboot(q.http, now, 0)
		}
	})
	return a, ok
}

// ifAnswerable calls do under the device's lock, if the request can still be
// answered, and says whether it can.
func (q *request) ifAnswerable(do func(now time.Time)) bool {
	d := q.d
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	d.catchUp(now)
	if d.down || d.shutdowns != q.shutdowns || q.http.Context().Err() != nil {
		return false
	}
	d.inRequest = true
	defer func() { d.inRequest = false }()
	do(now)
	return true
}

func (d *Device) answerBurn(r *http.Request, now time.Time) answer {
	query, err := url.ParseQuery(r.URL.RawQuery)
	key := query.Get("key")
	image, bad := ParseImage(query.Get("image"))
	switch {
	case err != nil || !query.Has("image"):
		return problem(http.StatusBadRequest, now, "name the image: POST /burn?image=X&key=K")
	case len(query["image"]) > 1 || len(query["key"]) > 1:
		return problem(http.StatusBadRequest, now, "name one image, and one key at most")
	case bad != nil:
		return problem(http.StatusBadRequest, now, "expected "+bad.Error())
	case key != "" && !isPlain(key):
		return problem(http.StatusBadRequest, now, "expected a key of printable ASCII, of at most 512 characters")
	case !d.matchesETag(r):
		return preconditionFailed(now)
	}
	d.burn(now, image, key, isByHand(r))
	return newAnswer(http.StatusAccepted, now)
}

// answerReboot takes the device down after a time, unless a delayed reboot is
// pending already.
func (d *Device) answerReboot(r *http.Request, now time.Time, after time.Duration) answer {
	switch {
	case !d.matchesETag(r):
		return preconditionFailed(now)
	case !d.delayedReboot.until.IsZero():
	case after > 0:
		d.delayedReboot = delayedReboot{now.Add(after), isByHand(r)}
	default:
		d.reboot(now, isByHand(r))
	}
	return newAnswer(http.StatusAccepted, now)
}

// isByHand says whether a request has no If-Match, as a person's with curl.
func isByHand(r *http.Request) bool { return len(r.Header.Values("If-Match")) == 0 }

// matchesETag checks If-Match. A request without it, such as a person's with curl,
// always matches.
func (d *Device) matchesETag(r *http.Request) bool {
	lines := r.Header.Values("If-Match")
	for tag := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || tag == d.etag(d.state) {
			return true
		}
	}
	return len(lines) == 0
}

func preconditionFailed(now time.Time) answer {
	return problem(http.StatusPreconditionFailed, now, "the device has moved on since that ETag: read /health again")
}
