package process

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
)

// TestAWatchThatIsCut has one watch be at its end when it is cut, and the next ones
// wait until they may come back, with a list.
func TestAWatchThatIsCut(t *testing.T) {
	s := stands(t)
	reader, writer := io.Pipe()
	open := row(answers(reader), s.watch)
	res, err := open.RoundTrip(s.request("GET", "/api/v1/secrets?watch=true", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	go func() { _, _ = writer.Write([]byte("one")) }()
	if _, err := io.ReadFull(res.Body, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if err := s.CutWatch(); err != nil {
		t.Fatal(err)
	}
	if n, err := res.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("the watch that is cut goes on with %d bytes, %v", n, err)
	}
	res, err = s.watch(s.request("GET", "/api/v1/secrets?watch=true&resourceVersion=7", ""), s)
	if err != nil || res.StatusCode != http.StatusGone {
		t.Fatalf("a watch from where it was gets %v, %v", res, err)
	}
	var late *http.Response
	back := s.beside(func() {
		late, err = s.watch(s.request("GET", "/api/v1/secrets?watch=true&sendInitialEvents=true", ""), s)
	})
	given, giveUp := context.WithCancel(t.Context())
	giveUp()
	if _, err := s.watch(s.request("GET", "/api/v1/secrets?watch=true&sendInitialEvents=true", "").WithContext(given), s); !errors.Is(err, context.Canceled) {
		t.Errorf("one that is given up gets %v", err)
	}
	s.wants()
	if err := s.RestoreWatch(); err != nil {
		t.Fatal(err)
	}
	<-back
	if err != nil || late.StatusCode != http.StatusOK {
		t.Fatalf("the watch that came back gets %v, %v", late, err)
	}
	if res, err = s.watch(s.request("GET", "/api/v1/secrets?watch=true&resourceVersion=9", ""), s); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("one after the list gets %v, %v", res, err)
	}
}

// answers answers to everything with one body.
type answering struct{ body io.ReadCloser }

func answers(body io.ReadCloser) http.RoundTripper { return answering{body} }

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: a.body, Request: req}, nil
}
