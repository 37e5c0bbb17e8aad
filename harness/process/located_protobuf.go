package process

import (
	"encoding/binary"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// The numbers of the fields that are read; those of ObjectMeta are below.
const (
	unknownTypeMeta, unknownRaw = 1, 2
	typeMetaKind                = 2
	objectMetadata, listItems   = 1, 2
	timeSeconds                 = 1
	managedTime                 = 4
	eventObject, extensionRaw   = 2, 1
)

// locateInProtobuf is locate for protobuf, which is a runtime.Unknown.
func locateInProtobuf(unknown message) (all []located) {
	raw, list := message{}, false
	ok := unknown.each(func(number int, value message) bool {
		switch number {
		case unknownTypeMeta:
			return value.each(func(number int, value message) bool {
				list = list || number == typeMetaKind && strings.HasSuffix(value.text(), "List")
				return true
			})
		case unknownRaw:
			raw = value
		}
		return true
	})
	ok = ok && raw.each(func(number int, value message) (ok bool) {
		switch {
		case list && number == listItems:
			return value.each(func(number int, value message) bool { return number != objectMetadata || value.locate(&all) })
		case !list && number == objectMetadata:
			return value.locate(&all)
		}
		return true
	})
	if !ok {
		return nil
	}
	return all
}

// objectIn is the object of a watch's event in protobuf, a runtime.Unknown; it is
// empty where there is none.
func objectIn(event message) (object message) {
	event.each(func(number int, value message) bool {
		return number != eventObject || value.each(func(number int, value message) bool {
			if number == extensionRaw && strings.HasPrefix(value.text(), string(protobuf)) {
				object = message{value.b, value.from + len(protobuf), value.to}
			}
			return true
		})
	})
	return object
}

// message is a part of an encoding in protobuf: a message, or a field's value.
type message struct {
	b        []byte
	from, to int
}

func (m message) text() string { return string(m.b[m.from:m.to]) }

// number is the value of a field that is one.
func (m message) number() uint64 {
	n, _ := binary.Uvarint(m.b[m.from:m.to]) // each has read it before
	return n
}

// each shows each field of a message. It is false where that is broken, or visit
// says so.
func (m message) each(visit func(number int, value message) bool) bool {
	for at := m.from; at < m.to; {
		tag, n := binary.Uvarint(m.b[at:m.to])
		if n <= 0 {
			return false
		}
		at += n
		var size uint64
		switch tag & 7 {
		case 0:
			_, n = binary.Uvarint(m.b[at:m.to])
			size = uint64(n)
		case 1:
			size, n = 8, 8
		case 2:
			size, n = binary.Uvarint(m.b[at:m.to])
			at += n
		case 5:
			size, n = 4, 4
		default:
			return false
		}
		if n <= 0 || size > uint64(m.to-at) || !visit(int(tag>>3), message{m.b, at, at + int(size)}) {
			return false
		}
		at += int(size)
	}
	return true
}

// locate adds what an ObjectMeta has.
func (m message) locate(all *[]located) bool {
	var l located
	ok := m.each(func(number int, value message) bool {
		switch number {
		case 1:
			l.Name = value.text()
		case 2:
			l.GenerateName = value.text()
		case 3:
			l.Namespace = value.text()
		case 5:
			l.UID = types.UID(value.text())
		case 6:
			l.ResourceVersion = value.text()
		case 8:
			return value.timestamp(&l.Creation)
		case 9:
			return value.timestamp(&l.Deletion)
		case 10:
			l.Grace = int64(value.number())
		case 17:
			var at place
			ok := value.each(func(number int, value message) bool { return number != managedTime || value.timestamp(&at) })
			l.Managed = append(l.Managed, at)
			return ok
		}
		return true
	})
	*all = append(*all, l)
	return ok
}

// timestamp says where a Time is, unless it is the zero one.
func (m message) timestamp(at *place) bool {
	return m.each(func(number int, value message) bool {
		if number == timeSeconds {
			*at = place{at: value.from, size: value.to - value.from}
		}
		return true
	})
}
