package devicesim

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// answer is an HTTP response that is not sent yet.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// newAnswer returns an answer without a body. Its Date is by the device's clock,
// not the server's.
func newAnswer(status int, date time.Time) answer {
	return answer{status: status, header: http.Header{"Date": {date.UTC().Format(http.TimeFormat)}}}
}

func (a *answer) json(mediaType string, body []byte) {
	a.header.Set("Content-Type", mediaType)
	a.body = append(body, '\n')
}

// Problem is the body of every error answer (RFC 9457).
type Problem struct {
	// Type identifies the kind of problem. It is always about:blank: the status
	// says it all.
	Type string `json:"type"`
	// Title is the text of the HTTP status code.
	Title string `json:"title"`
	// Status is the HTTP status code.
	Status int `json:"status"`
	// Detail says what was expected.
	Detail string `json:"detail,omitempty"`
}

func problem(status int, date time.Time, detail string) answer {
	body, err := json.Marshal(Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail})
	if err != nil {
		panic(err) // strings and an int always marshal
	}
	a := newAnswer(status, date)
	a.json("application/problem+json", body)
	return a
}

// begin sends the status line and the header.
func (a answer) begin(w http.ResponseWriter, length int) {
	maps.Copy(w.Header(), a.header)
	if length >= 0 {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(a.status)
}

// send sends the whole answer.
func (a answer) send(w http.ResponseWriter) {
	a.begin(w, len(a.body))
	w.Write(a.body) //nolint:errcheck // the client has gone
}

// reset sends so many bytes of the body, of those announced, and breaks the connection.
func (a answer) reset(w http.ResponseWriter, bytes, announced int) {
	a.begin(w, announced)
	w.Write(a.body[:bytes])               //nolint:errcheck // the connection is broken next
	http.NewResponseController(w).Flush() //nolint:errcheck // the connection is broken next
	hangUp(w, true)
}

// hangUp closes a connection without sending another byte: with a TCP reset, as a
// machine does that knows no such connection, or with a normal close.
func hangUp(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http closes the connection then
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		tcp.SetLinger(0) //nolint:errcheck // it is closed all the same
	}
	conn.Close()
}
