package rollout

import "fmt"

// DeviceError says in what way a request to a device failed, empty if it didn't.
// It is one of a closed list of sentences for the status, so that nothing that a
// device sends gets into a status except a number.
type DeviceError string

// The errors of an observation, together with UnexpectedStatus.
const (
	// NoError means that an observation succeeded or a POST was accepted.
	NoError DeviceError = ""
	// Unreachable means that the connection could not be made, or broke.
	Unreachable DeviceError = "the device could not be reached"
	// Unresolvable means that the device's name has no address.
	Unresolvable DeviceError = "the device's name could not be resolved"
	// Untrusted means that the device's certificate is not signed by a trusted
	// authority, is for another name, or is not valid now.
	Untrusted DeviceError = "the certificate is not trusted"
	// TLSFailed means that the TLS handshake failed for any other reason.
	TLSFailed DeviceError = "the TLS handshake failed"
	// TimedOut means that the call's timeout passed.
	TimedOut DeviceError = "the device did not answer in time"
	// Unreadable means that the answer did not conform to the device's API.
	Unreadable DeviceError = "the device gave no readable answer"
	// WeakETag means that the answer had no ETag that If-Match can match.
	WeakETag DeviceError = "the device sent no strong ETag"
	// WrongDevice means that another device answered.
	WrongDevice DeviceError = "another device answered"
	// Inconsistent means that no two answers in a row agreed.
	Inconsistent DeviceError = "the device's answers did not agree"
)

// UnexpectedStatus is the error of an observation whose answer has a status other
// than 200.
func UnexpectedStatus(status int) DeviceError {
	return DeviceError(fmt.Sprintf("the device answered %d to GET /health", status))
}

// PostRefused is the error of a POST whose answer has a status other than 202. The
// path is one of the device's API.
func PostRefused(path string, status int) DeviceError {
	return DeviceError(fmt.Sprintf("the device refused POST %s with %d", path, status))
}

// PostUnanswered is the error of a POST that got no answer, for the same reasons
// as an observation.
func PostUnanswered(path string, why DeviceError) DeviceError {
	return DeviceError(fmt.Sprintf("POST %s: %s", path, why))
}

// DeviceErrors are the errors that keep a phase from making progress.
type DeviceErrors struct {
	// Observe is the error of the last observation.
	Observe DeviceError
	// Post is the error of the last POST, until an observation shows its effect.
	Post DeviceError
}

// String joins the errors into one sentence, empty if there are none.
func (errs DeviceErrors) String() string {
	if errs.Observe != NoError && errs.Post != NoError {
		return fmt.Sprintf("%s; %s", string(errs.Observe), string(errs.Post))
	}
	return string(errs.Observe + errs.Post)
}
