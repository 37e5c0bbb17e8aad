package process

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// translatedWatch is the body of an answer to a watch whose events have been shown. It
// hands on whole events only.
type translatedWatch struct {
	body   io.ReadCloser
	frames func(*bufio.Reader) (event []byte, all []located, err error)
	show   func(b []byte, all []located)

	in   *bufio.Reader
	left []byte // of an event
}

// Read reads of the next event.
func (w *translatedWatch) Read(p []byte) (int, error) {
	if w.in == nil {
		w.in = bufio.NewReader(w.body)
	}
	if len(w.left) == 0 {
		event, all, err := w.frames(w.in)
		if err != nil {
			return 0, err
		}
		w.show(event, all)
		w.left = event
	}
	n := copy(p, w.left)
	w.left = w.left[n:]
	return n, nil
}

// Close closes the body.
func (w *translatedWatch) Close() error { return w.body.Close() }

// framesOf is how to read one event of a watch after the other.
func framesOf(res *http.Response) func(*bufio.Reader) ([]byte, []located, error) {
	if strings.HasPrefix(res.Header.Get("Content-Type"), runtime.ContentTypeProtobuf) {
		return protobufFrame
	}
	return jsonFrame
}

// jsonFrame reads an event in JSON, which is a line.
func jsonFrame(in *bufio.Reader) ([]byte, []located, error) {
	line, err := in.ReadBytes('\n')
	if len(line) > 0 && errors.Is(err, io.EOF) {
		err = nil // the next one is at the end
	}
	return line, locateInJSON(line), err
}

// protobufFrame reads an event in protobuf, whose length is before it.
func protobufFrame(in *bufio.Reader) ([]byte, []located, error) {
	const head = 4
	size, err := in.Peek(head)
	if err != nil {
		return nil, nil, err
	}
	event := make([]byte, head+binary.BigEndian.Uint32(size))
	if _, err := io.ReadFull(in, event); err != nil {
		return nil, nil, err
	}
	return event, locateInProtobuf(objectIn(message{event, head, len(event)})), nil
}
