package process

import (
	"bytes"
	"encoding/binary"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// located is the metadata of an object in an encoding, as far as its timestamps and
// its name need it, and where the timestamps are.
type located struct {
	Name, GenerateName, Namespace string
	UID                           types.UID
	ResourceVersion               string
	Grace                         int64 // deletionGracePeriodSeconds

	Creation, Deletion place
	Managed            []place // of the managedFields, in their order
}

// locate finds the metadata of the object that some JSON or protobuf is, or of those
// that are in it: a list's, a table's, or that of an event of a watch. What is broken
// has none.
func locate(b []byte) []located {
	if raw, is := bytes.CutPrefix(b, protobuf); is {
		return locateInProtobuf(message{b, len(b) - len(raw), len(b)})
	}
	return locateInJSON(b)
}

// place is where a timestamp is. It is overwritten in place, since all are of the same
// length: 20 letters in JSON, and in protobuf a number of 5 bytes from 1978 to 3058.
// The zero place is none.
type place struct {
	at, size int
	text     bool
}

// seconds reads the timestamp, in Unix time; it is false where there is none.
func (p place) seconds(b []byte) (int64, bool) {
	switch {
	case p.size == 0:
		return 0, false
	case p.text:
		t, err := time.Parse(time.RFC3339, string(b[p.at:p.at+p.size]))
		return t.Unix(), err == nil
	}
	n, read := binary.Uvarint(b[p.at : p.at+p.size])
	return int64(n), read == p.size
}

// set overwrites the timestamp, if there is one.
func (p place) set(b []byte, seconds int64) {
	if p.size == 0 {
		return
	}
	var text []byte
	if p.text {
		text = time.Unix(seconds, 0).UTC().AppendFormat(nil, time.RFC3339)
	} else {
		text = binary.AppendUvarint(nil, uint64(seconds))
	}
	if len(text) == p.size {
		copy(b[p.at:], text)
	}
}
