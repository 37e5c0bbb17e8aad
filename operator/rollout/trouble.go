package rollout

import "fmt"

// Trouble is what a request to a device met in the place of what the device's
// API promises: one of a closed list of sentences, so that nothing that a
// device sends gets into a status but a number.
type Trouble string

// What a look can meet; and Answered.
const (
	// None says that there is a reading, or that a POST was accepted.
	None Trouble = ""
	// Unreachable says that no connection came about, or it broke.
	Unreachable Trouble = "the device could not be reached"
	// Unresolvable says that the device's name has no address.
	Unresolvable Trouble = "the device's name could not be resolved"
	// Untrusted says that nobody whom we trust vouches for the device's
	// certificate, or not for that name or at that time.
	Untrusted Trouble = "the certificate is not trusted"
	// Insecure says that the device and we could not agree on TLS.
	Insecure Trouble = "the TLS handshake failed"
	// Hung says that the device took longer than the client waits.
	Hung Trouble = "the device did not answer in time"
	// Garbled says that the answer was not what the device's API promises.
	Garbled Trouble = "the device gave no readable answer"
	// Unmatchable says that no If-Match could match the answer's ETag.
	Unmatchable Trouble = "the device sent no strong ETag"
	// Mistaken says that another device answered.
	Mistaken Trouble = "another device answered"
	// Wavering says that no two answers in a row agreed.
	Wavering Trouble = "the device's answers did not agree"
)

// Answered is the trouble of a look that was answered with another status than
// 200.
func Answered(status int) Trouble {
	return Trouble(fmt.Sprintf("the device answered %d to GET /health", status))
}

// Refused is the trouble of a POST that was answered with another status than
// 202; the path is one of the device's API.
func Refused(path string, status int) Trouble {
	return Trouble(fmt.Sprintf("the device refused POST %s with %d", path, status))
}

// Unanswered is the trouble of a POST that brought no answer, which a look
// would call why.
func Unanswered(path string, why Trouble) Trouble {
	return Trouble(fmt.Sprintf("POST %s: %s", path, why))
}

// Met is what the requests of a phase met that keeps it from going on.
type Met struct {
	// Look is what the last look met.
	Look Trouble
	// Post is what the last POST met, until a look shows its effect.
	Post Trouble
}

// String says it in one sentence, empty where nothing was met.
func (m Met) String() string {
	if m.Look != None && m.Post != None {
		return fmt.Sprintf("%s; %s", string(m.Look), string(m.Post))
	}
	return string(m.Look + m.Post)
}
