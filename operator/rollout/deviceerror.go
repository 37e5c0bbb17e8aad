package rollout

import "fmt"

// Trouble is what a request to a device met in the place of what the device's
// API promises: one of a closed list of sentences, so that nothing that a
// device sends gets into a status but a number.
type DeviceError string

// What a look can meet; and Answered.
const (
	// None says that there is a reading, or that a POST was accepted.
	NoError DeviceError = ""
	// Unreachable says that no connection came about, or it broke.
	Unreachable DeviceError = "the device could not be reached"
	// Unresolvable says that the device's name has no address.
	Unresolvable DeviceError = "the device's name could not be resolved"
	// Untrusted says that nobody whom we trust vouches for the device's
	// certificate, or not for that name or at that time.
	Untrusted DeviceError = "the certificate is not trusted"
	// Insecure says that the device and we could not agree on TLS.
	TLSFailed DeviceError = "the TLS handshake failed"
	// Hung says that the device took longer than the client waits.
	TimedOut DeviceError = "the device did not answer in time"
	// Garbled says that the answer was not what the device's API promises.
	Unreadable DeviceError = "the device gave no readable answer"
	// Unmatchable says that no If-Match could match the answer's ETag.
	WeakETag DeviceError = "the device sent no strong ETag"
	// Mistaken says that another device answered.
	WrongDevice DeviceError = "another device answered"
	// Wavering says that no two answers in a row agreed.
	Inconsistent DeviceError = "the device's answers did not agree"
)

// Answered is the trouble of a look that was answered with another status than
// 200.
func UnexpectedStatus(status int) DeviceError {
	return DeviceError(fmt.Sprintf("the device answered %d to GET /health", status))
}

// Refused is the trouble of a POST that was answered with another status than
// 202; the path is one of the device's API.
func PostRefused(path string, status int) DeviceError {
	return DeviceError(fmt.Sprintf("the device refused POST %s with %d", path, status))
}

// Unanswered is the trouble of a POST that brought no answer, which a look
// would call why.
func PostUnanswered(path string, why DeviceError) DeviceError {
	return DeviceError(fmt.Sprintf("POST %s: %s", path, why))
}

// Met is what the requests of a phase met that keeps it from going on.
type DeviceErrors struct {
	// Look is what the last look met.
	Observe DeviceError
	// Post is what the last POST met, until a look shows its effect.
	Post DeviceError
}

// String says it in one sentence, empty where nothing was met.
func (errs DeviceErrors) String() string {
	if errs.Observe != NoError && errs.Post != NoError {
		return fmt.Sprintf("%s; %s", string(errs.Observe), string(errs.Post))
	}
	return string(errs.Observe + errs.Post)
}
