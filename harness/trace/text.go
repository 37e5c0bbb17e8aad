package trace

import (
	"fmt"
	"strings"
)

// Keys of the fields that events of every world may have.
const (
	// Path is the path of a request, without the world's own namespace.
	Path = "path"
	// About is what a call is about, and Error the text of its error.
	About = "about"
	Error = "error"
	// CacheTime is, of a start, the virtual time at which the API server was as the
	// caches see it: they were filled from an old list.
	CacheTime = "cacheTime"
	// WaitsForAPI says, of a start, that the API server can't be reached yet.
	WaitsForAPI = "waitsForAPI"
	// During says, of a kill, what the target was doing: "start" is the only value.
	During = "during"
	// Side says whether a kill was before or after a request: the one of
	// RequestSubject with RequestNumber. A stop, a start or a watch that goes down or
	// comes back at a request has these two alone: the request was about to be sent.
	Side           = "side"
	RequestNumber  = "requestNumber"
	RequestSubject = "requestSubject"
	// HeldByFinalizer says, of a deletion, that a finalizer holds it up.
	HeldByFinalizer = "heldByFinalizer"
	// Patch is what a person patches, in JSON, if the patch has no fields of its own.
	Patch = "patch"
)

// Text puts an event into the words of HTTP and Kubernetes. It knows no particular
// operator.
func Text(e Event) string {
	switch e.Kind {
	case Start:
		return started(e)
	case Kill:
		return killed(e)
	case Stop:
		return e.Target.String() + " is told to stop" + atRequest(e)
	case Stopped:
		return e.Target.String() + " has stopped"
	case WatchDown:
		return e.Target.String() + ": its watch is down" + atRequest(e)
	case WatchUp:
		return e.Target.String() + ": its watch is back, with a new list" + atRequest(e)
	case Isolated:
		return e.Target.String() + ": cut off from the API server"
	case Rejoined:
		return e.Target.String() + ": reaches the API server again"
	case Resync:
		return e.Target.String() + ": a resync"
	case Read, Write:
		if e.Actor.Role == Person {
			return byPerson(e)
		}
		if e.Actor.Role == Reaction {
			return byReaction(e)
		}
		return methods[e.Verb] + " " + e.String(Path) + details(e) + outcome(e.Result)
	case Request:
		text := fmt.Sprintf("%s %s%s%s", e.Verb, e.Target, e.String(Path), details(e)) + outcome(e.Result)
		if e.Actor.Role == Person {
			text = "somebody asks by hand: " + text
		}
		return text
	case Call:
		return fmt.Sprintf("%s: %s %s", e.Target, e.Verb, e.String(About)) + details(e) + returned(e)
	case Refusal:
		return "the API server's answer" + outcome(e.Result)
	case Fault, Repaired:
		return fmt.Sprintf("%s: %s%s", e.Kind, e.Verb, details(e))
	}
	return e.Verb + details(e)
}

func started(e Event) string {
	text := e.Target.String() + " started" + atRequest(e)
	if e.Target.Role == Program {
		text = e.Target.String() + " is back, on the same data"
	}
	if e.Has(CacheTime) {
		text += fmt.Sprintf(", sees the world as it was at %s, and its watch is down", e.String(CacheTime))
	}
	if e.Bool(WaitsForAPI) {
		text += ", and waits for the API server"
	}
	return text
}

// atRequest says at which request something comes about, if it does at one.
func atRequest(e Event) string {
	if !e.Has(RequestSubject) {
		return ""
	}
	return fmt.Sprintf(" at request #%d of %s", e.Int(RequestNumber), e.String(RequestSubject))
}

func killed(e Event) string {
	text := e.Target.String() + " killed"
	if e.Has(During) {
		text += " while it starts"
	}
	if e.Has(Side) {
		text += fmt.Sprintf(" %s request #%d of %s", e.String(Side), e.Int(RequestNumber), e.String(RequestSubject))
	}
	return text
}

// methods are the HTTP methods of the API server's verbs.
var methods = map[string]string{
	"get": "GET", "list": "GET", "create": "POST", "update": "PUT", "patch": "PATCH", "apply": "PATCH", "delete": "DELETE", "deletecollection": "DELETE",
}

// byPerson says what a person does to an object.
func byPerson(e Event) string {
	text := map[string]string{
		"create": "created", "update": "updated", "patch": "patched", "apply": "applied", "delete": "deleted", "deletecollection": "all deleted",
	}[e.Verb]
	if e.Object.Subresource != "" {
		text = e.Object.Subresource + " " + text
	}
	switch what := details(e); {
	case e.Bool(HeldByFinalizer):
		text += ", but held by a finalizer"
	case e.Has(Patch):
		text += ": " + e.String(Patch)
	case what != "" && e.Verb == "patch":
		text = "edited:" + what
	case what != "":
		text += ":" + what
	}
	return text
}

// byReaction says what one does to an object who stands in for a controller.
func byReaction(e Event) string {
	if e.Result.Failure == "" {
		return e.Actor.String() + ": " + byPerson(e)
	}
	text := e.Actor.String() + ": " + e.Verb
	if e.Object.Subresource != "" {
		text += " " + e.Object.Subresource
	}
	return text + outcome(e.Result)
}

// details are the fields that nothing else of the text says.
func details(e Event) string {
	var b strings.Builder
	for _, f := range e.Fields {
		switch f.Key {
		case Path, HeldByFinalizer, Patch, About, Error:
		default:
			fmt.Fprintf(&b, " %s=%v", f.Key, f.Value)
		}
	}
	return b.String()
}

// returned says what a call returned.
func returned(e Event) string {
	switch {
	case e.Has(Error):
		return " → error: " + e.String(Error)
	case e.Result.Failure == "":
		return " → ok"
	}
	return outcome(e.Result)
}

func outcome(r Result) string {
	switch r.Failure {
	case "", Conflict, Invalid, Refused:
		if r.Status == 0 {
			return "" // nobody knows yet
		}
		return fmt.Sprintf(" → %d", r.Status)
	case Truncated, Endless, Unreadable:
		return fmt.Sprintf(" → %d, %s", r.Status, r.Failure.Words())
	}
	return ": " + r.Failure.Words()
}

// Words says what a client gets in the place of what it asked for.
func (f Failure) Words() string {
	switch f {
	case Truncated:
		return "an answer that breaks off"
	case Endless:
		return "an answer without end"
	case HeaderTooLong:
		return "an answer with too long a header"
	case Unreadable:
		return "an answer that can't be read"
	case Timeout:
		return "no answer in time"
	case Canceled:
		return "given up"
	case NoSuchHost:
		return "no such host"
	case ConnectionRefused:
		return "connection refused"
	case NoAnswer:
		return "no answer"
	}
	return string(f)
}
