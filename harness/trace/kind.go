package trace

// Kind is a kind of event. The list is closed.
type Kind string

// Numbered requests, and people's requests.
const (
	// Read is a read from the API server, past the cache.
	Read Kind = "read"
	// Write is a write to the API server. A person's is added when it is sent.
	Write Kind = "write"
	// Refusal is the API server's refusal of a person's write.
	Refusal Kind = "refusal"
	// Request is a request to an external system.
	Request Kind = "request"
	// Call is a call of an external system that is a Go interface.
	Call Kind = "call"
)

// Events of controllers and of the control plane's programs.
const (
	// Start is the start of the target.
	Start Kind = "start"
	// Kill is a SIGKILL to the target.
	Kill Kind = "kill"
	// Stop is a SIGTERM to the target.
	Stop Kind = "stop"
	// Stopped is the end of a target after a SIGTERM.
	Stopped Kind = "stopped"
	// WatchDown says that the target's watches are down: its caches no longer change.
	WatchDown Kind = "watch-down"
	// WatchUp says that they are back, with new lists.
	WatchUp Kind = "watch-up"
	// Isolated says that the target is cut off from the API server.
	Isolated Kind = "isolated"
	// Rejoined says that the target reaches the API server again.
	Rejoined Kind = "rejoined"
	// Resync says that the target's informers pass every object that they hold to its
	// handlers again.
	Resync Kind = "resync"
)

// Events of external systems.
const (
	// State is a real change of an external system's state, whatever it answers.
	State Kind = "state"
	// Fault says that the target has a fault from now on.
	Fault Kind = "fault"
	// Repaired says that it no longer has it.
	Repaired Kind = "repaired"
)

// Breaks says whether it is something that a script breaks.
func (k Kind) Breaks() bool {
	return k == Kill || k == Stop || k == Fault || k == WatchDown || k == Isolated
}

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

// Answers with an error status.
const (
	// Conflict is a 409: somebody else wrote first, or the object exists already.
	Conflict Failure = "conflict"
	// Invalid is the API server's refusal of what breaks a rule.
	Invalid Failure = "invalid"
	// Refused is any other answer with an error status.
	Refused Failure = "refused"
	// Failed is a call that returned an error of the system's own.
	Failed Failure = "failed"
)

// Answers that can't be used.
const (
	// Truncated is an answer that ends too early.
	Truncated Failure = "truncated"
	// Endless is an answer without an end.
	Endless Failure = "endless"
	// HeaderTooLong is an answer whose header is too long to read.
	HeaderTooLong Failure = "header-too-long"
	// Unreadable is an answer that doesn't say what it should.
	Unreadable Failure = "unreadable"
)

// Requests without an answer.
const (
	// Timeout is a request that timed out.
	Timeout Failure = "timeout"
	// Canceled is a request that its sender gave up for another reason.
	Canceled Failure = "canceled"
	// NoSuchHost is a name that has no address.
	NoSuchHost Failure = "no-such-host"
	// ConnectionRefused is an address where nobody listens.
	ConnectionRefused Failure = "connection-refused"
	// NoAnswer is any other request without an answer.
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
