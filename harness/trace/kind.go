package trace

// Kind is a kind of event. The list is closed.
type Kind string

// What happens in numbered requests, and what people do in the same way.
const (
	// Read is a read from the API server, past the cache.
	Read Kind = "read"
	// Write is a write to the API server. A person's is told of as it is sent.
	Write Kind = "write"
	// Refusal is the API server's answer to a person's write that it refuses.
	Refusal Kind = "refusal"
	// Request is a request to an external system.
	Request Kind = "request"
	// Call is a call of an external system that is a Go interface.
	Call Kind = "call"
)

// What befalls controllers and the programs of the control plane.
const (
	// Start is the start of the target.
	Start Kind = "start"
	// Kill is the end of the target by SIGKILL.
	Kill Kind = "kill"
	// Stop is a SIGTERM to the target.
	Stop Kind = "stop"
	// Stopped is the end of a target that was told to stop.
	Stopped Kind = "stopped"
	// WatchDown says that the target's watches are down: its caches stay as they are.
	WatchDown Kind = "watch-down"
	// WatchUp says that they are back, with new lists.
	WatchUp Kind = "watch-up"
	// Isolated says that the target is cut off from the API server.
	Isolated Kind = "isolated"
	// Rejoined says that the target reaches the API server again.
	Rejoined Kind = "rejoined"
	// Resync says that the target's informers hand all objects that they hold to its
	// handlers once more.
	Resync Kind = "resync"
)

// What befalls external systems.
const (
	// State is a change of the state of an external system, whatever it says of it.
	State Kind = "state"
	// Fault says that something is wrong with the target from now on.
	Fault Kind = "fault"
	// Repaired says that it no longer is.
	Repaired Kind = "repaired"
)

// Kinds are all kinds.
func Kinds() []Kind {
	return []Kind{
		Read, Write, Refusal, Request, Call,
		Start, Kill, Stop, Stopped, WatchDown, WatchUp, Isolated, Rejoined, Resync,
		State, Fault, Repaired,
	}
}

// Failure is a class of reasons why a request did not succeed. The list is closed.
type Failure string

// Answers that are no success.
const (
	// Conflict is a 409: somebody else wrote first, or the object is there already.
	Conflict Failure = "conflict"
	// Invalid is the API server's refusal of what breaks a rule.
	Invalid Failure = "invalid"
	// Refused is every other answer with a status that is no success.
	Refused Failure = "refused"
	// Failed is a call that returned an error of the system's own.
	Failed Failure = "failed"
)

// Answers that were of no use.
const (
	// Truncated is an answer that breaks off.
	Truncated Failure = "truncated"
	// Endless is an answer that nobody reads to its end.
	Endless Failure = "endless"
	// HeaderTooLong is an answer with a header that nobody reads to its end.
	HeaderTooLong Failure = "header-too-long"
	// Unreadable is an answer that doesn't say what it should.
	Unreadable Failure = "unreadable"
)

// No answers.
const (
	// Timeout is a request whose time was up.
	Timeout Failure = "timeout"
	// Canceled is a request that its sender gave up for another reason.
	Canceled Failure = "canceled"
	// NoSuchHost is a name that has no address.
	NoSuchHost Failure = "no-such-host"
	// ConnectionRefused is an address where nobody listens.
	ConnectionRefused Failure = "connection-refused"
	// NoAnswer is every other request that was not answered.
	NoAnswer Failure = "no-answer"
)

// Failures are all of them.
func Failures() []Failure {
	return []Failure{
		Conflict, Invalid, Refused, Failed,
		Truncated, Endless, HeaderTooLong, Unreadable,
		Timeout, Canceled, NoSuchHost, ConnectionRefused, NoAnswer,
	}
}
