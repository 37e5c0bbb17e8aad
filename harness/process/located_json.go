package process

import (
	"bytes"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// locateInJSON is locate for JSON.
func locateInJSON(b []byte) []located {
	w := jsonWalk{b: b}
	own, nested, ok := w.root()
	switch {
	case !ok:
		return nil
	case own.UID == "" && len(nested) > 0:
		return nested
	}
	return []located{own}
}

// jsonWalk walks through JSON, and looks at no more of it than is asked for. Its
// methods begin at a value and end after it; they are false where it is broken.
type jsonWalk struct {
	b  []byte
	at int
}

// root walks through an object of the API, and returns its own metadata, and that of
// the objects in it.
func (w *jsonWalk) root() (own located, nested []located, ok bool) {
	item := func() bool {
		in, of, ok := w.root()
		if in.UID == "" && len(of) > 0 {
			nested = append(nested, of...)
		} else {
			nested = append(nested, in)
		}
		return ok
	}
	ok = w.object(func(key []byte) (ok bool) {
		switch string(key) {
		case "metadata":
			own, ok = w.metadata()
			return ok
		case "object": // of an event of a watch, and of a row of a table
			return item()
		case "items", "rows":
			return w.array(item)
		}
		return w.skip()
	})
	return own, nested, ok
}

// metadata walks through an object's metadata.
func (w *jsonWalk) metadata() (m located, ok bool) {
	ok = w.object(func(key []byte) bool {
		switch string(key) {
		case "name":
			return w.text(func(text string) { m.Name = text })
		case "generateName":
			return w.text(func(text string) { m.GenerateName = text })
		case "namespace":
			return w.text(func(text string) { m.Namespace = text })
		case "uid":
			return w.text(func(text string) { m.UID = types.UID(text) })
		case "resourceVersion":
			return w.text(func(text string) { m.ResourceVersion = text })
		case "creationTimestamp":
			return w.timestamp(&m.Creation)
		case "deletionTimestamp":
			return w.timestamp(&m.Deletion)
		case "deletionGracePeriodSeconds":
			from := w.space()
			ok := w.skip()
			m.Grace, _ = strconv.ParseInt(string(w.b[from:w.at]), 10, 64) // null is 0
			return ok
		case "managedFields":
			return w.array(func() bool {
				var at place
				ok := w.object(func(key []byte) bool {
					if string(key) == "time" {
						return w.timestamp(&at)
					}
					return w.skip()
				})
				m.Managed = append(m.Managed, at)
				return ok
			})
		}
		return w.skip()
	})
	return m, ok
}

// text takes a string without escapes; of anything else there is nothing to take.
func (w *jsonWalk) text(take func(string)) bool {
	from := w.space()
	ok := w.skip()
	if text := w.b[from:w.at]; ok && len(text) > 1 && text[0] == '"' && bytes.IndexByte(text, '\\') < 0 {
		take(string(text[1 : len(text)-1]))
	}
	return ok
}

// timestamp says where a timestamp is, if the value is one of UTC in seconds.
func (w *jsonWalk) timestamp(at *place) bool {
	const size = len("2006-01-02T15:04:05Z")
	from := w.space()
	ok := w.skip()
	if ok && w.at-from == size+2 && w.b[w.at-2] == 'Z' {
		*at = place{at: from + 1, size: size, text: true}
	}
	return ok
}

// object walks through an object; field has to walk over the value of each key.
func (w *jsonWalk) object(field func(key []byte) bool) bool {
	if w.next() != '{' {
		return w.skip()
	}
	return w.each('}', func() bool {
		from := w.space()
		if w.next() != '"' || !w.skip() {
			return false
		}
		key := w.b[from+1 : w.at-1]
		if w.next() != ':' {
			return false
		}
		w.at++
		return field(key)
	})
}

// array walks through an array; element has to walk over each.
func (w *jsonWalk) array(element func() bool) bool {
	if w.next() != '[' {
		return w.skip()
	}
	return w.each(']', element)
}

// each walks over what is between here and an end, with commas in between.
func (w *jsonWalk) each(end byte, one func() bool) bool {
	w.at++
	for w.next() != end {
		if !one() {
			return false
		}
		if w.next() == ',' {
			w.at++
		} else if w.next() != end {
			return false
		}
	}
	w.at++
	return true
}

// space walks over white space, and returns where it is then; next returns what is
// there, 0 at the end.
func (w *jsonWalk) space() int {
	for w.at < len(w.b) && (w.b[w.at] == ' ' || w.b[w.at] == '\n' || w.b[w.at] == '\t' || w.b[w.at] == '\r') {
		w.at++
	}
	return w.at
}

func (w *jsonWalk) next() byte {
	if w.space() == len(w.b) {
		return 0
	}
	return w.b[w.at]
}

// skip walks over a value, whatever it is.
func (w *jsonWalk) skip() bool {
	depth := 0
	for {
		switch w.next() {
		case 0:
			return false
		case '"':
			if !w.quoted() {
				return false
			}
		case '{', '[':
			depth++
			w.at++
		case '}', ']':
			depth--
			w.at++
		case ',', ':':
			if depth == 0 {
				return false
			}
			w.at++
			continue
		default:
			for w.at < len(w.b) && strings.IndexByte(" \n\t\r,:{}[]\"", w.b[w.at]) < 0 {
				w.at++
			}
		}
		if depth <= 0 {
			return depth == 0
		}
	}
}

// quoted walks over a string.
func (w *jsonWalk) quoted() bool {
	for w.at++; w.at < len(w.b); w.at++ {
		switch w.b[w.at] {
		case '\\':
			w.at++
		case '"':
			w.at++
			return true
		}
	}
	return false
}
