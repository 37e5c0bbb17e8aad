package process

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestSendReadsTheWholeAnswer has an API server's answer be read to its end, and
// others as far as a client should want to.
func TestSendReadsTheWholeAnswer(t *testing.T) {
	s := stands(t)
	long := strings.Repeat("x", 1<<20)
	s.answer = func() (string, error) { return long, nil }
	api, device := s.call("GET", "/", ""), s.call("GET", "/", "")
	device.API = false
	s.send(s)(api, nil)
	s.send(s)(device, nil)
	if len(api.Body) != len(long) || api.Cut {
		t.Errorf("of the API server's answer %d bytes were read, cut %t", len(api.Body), api.Cut)
	}
	if len(device.Body) != maxRecorded+1 || !device.Cut {
		t.Errorf("of a device's answer %d bytes were read, cut %t", len(device.Body), device.Cut)
	}
	res, err := api.response()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(res.Body); err != nil || string(got) != long || res.StatusCode != 200 {
		t.Errorf("its sender gets %d with %d bytes, %v", res.StatusCode, len(got), err)
	}
}

// TestSendOfAnAnswerThatBreaksOff hands it on as far as it came.
func TestSendOfAnAnswerThatBreaksOff(t *testing.T) {
	s := stands(t)
	c := s.call("GET", "/", "")
	s.send(answers(io.NopCloser(io.MultiReader(strings.NewReader("half"), broken{io.ErrUnexpectedEOF}))))(c, nil)
	res, err := c.response()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(res.Body); string(got) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("its sender gets %q, %v", got, err)
	}
}

// TestDeathBreaksOffWhatIsSent does so unless it is late.
func TestDeathBreaksOffWhatIsSent(t *testing.T) {
	s := stands(t)
	asked := make(chan struct{})
	silent := transportFunc(func(req *http.Request) (*http.Response, error) {
		asked <- struct{}{}
		<-req.Context().Done()
		return nil, context.Cause(req.Context())
	})
	c := s.call("GET", "/", "")
	over := s.beside(func() { s.send(silent)(c, nil) })
	<-asked
	s.kill()
	<-over
	if !errors.Is(c.Err, errKilled) {
		t.Errorf("its sender gets %v", c.Err)
	}
	late := s.call("GET", "/late", "")
	late.Late = true
	s.send(s)(late, nil)
	if late.Err != nil {
		t.Errorf("what is late gets %v", late.Err)
	}
	s.wants("GET /late")
}

// TestAnAnswerAtTheInstantOfTheTimeout is too late.
func TestAnAnswerAtTheInstantOfTheTimeout(t *testing.T) {
	s := stands(t)
	c := s.call("GET", "/", "")
	ctx, timeOut := context.WithCancel(c.Request.Context())
	c.Request = c.Request.WithContext(ctx)
	s.answer = func() (string, error) { timeOut(); return "{}", nil }
	s.send(s)(c, nil)
	if !errors.Is(c.Err, context.Canceled) || c.Status != 200 {
		t.Errorf("its sender gets %v, status %d", c.Err, c.Status)
	}
}

// transportFunc is a function as a transport.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
