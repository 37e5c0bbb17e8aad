package process

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"example.com/edge-device-operator/harness/virtualtime"
)

// Exchange is a numbered request and its result.
type Exchange struct {
	Operation
	// Work is what it was made for: that of its reconcile, or a task.
	Work Work
	// Reconcile is the reconcile that made it, zero if none did.
	Reconcile Reconcile
	// API says whether it is a request to the API server.
	API bool
	// Call is set where it is no request, but a call of a Go interface.
	Call *GoCall
	// Began and Ended are the virtual times at which it was sent and ended.
	Began, Ended time.Time
	// FannedOut says that several goroutines did the work, so that it was perhaps not the
	// only request in flight.
	FannedOut bool
	// Target is what a request to the API server is about; zero for others.
	Target Target
	// Request is the request; its body has been sent. That of a Call only stands for
	// it.
	Request *http.Request
	// Status is the HTTP status of the answer, 0 if there was none.
	Status int
	// Body is the answer's body, as far as it was read.
	Body []byte
	// Answer is the object in an API server's answer, decoded; nil where that is of no
	// type that the operator's scheme has, or can't be read. It is for reading only.
	Answer runtime.Object
	// Returned is what a Call has returned, and Failed the error.
	Returned any
	Failed   error
	// Cut says that the body was longer, and was not read any further.
	Cut bool
	// BodyErr is the error that ended the body too early.
	BodyErr error
	// Header is the answer's header.
	Header http.Header
	// Err is why there was no answer.
	Err error
	// Incarnation is the controller that made the request, in the order of their
	// starts.
	Incarnation int
	// Unserved says that the world made the answer up: the request went nowhere.
	Unserved bool
	// Lost says that there was an answer, and that it was lost.
	Lost bool
	// Late says that the request has been on its way for long; its sender has
	// been told of with an Exchange of its own.
	Late bool
	// Effect says that the API server has stored or deleted something by it. Of a
	// request to an external system that is not known here.
	Effect bool
}

// call is an operation on its way: the exchange that it becomes, and what the steps
// tell each other.
type call struct {
	Exchange
	task    virtualtime.Task   // whose work it is
	token   *virtualtime.Token // has the world wait for it, from when it has a number
	latest  string             // the newest resourceVersion that was known when it left
	written []Version          // what it has stored or deleted
}

// response returns what the sender gets.
func (c *call) response() (*http.Response, error) {
	switch {
	case c.Err != nil:
		return nil, c.Err
	case c.Lost:
		return nil, errLost
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", c.Status, http.StatusText(c.Status)), StatusCode: c.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: c.Header, Body: io.NopCloser(io.MultiReader(bytes.NewReader(c.Body), broken{c.BodyErr})), ContentLength: -1,
		Request: c.Request,
	}, nil
}

// broken is a reader that only returns an error, or its end.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) {
	if b.err == nil {
		return 0, io.EOF
	}
	return 0, b.err
}
