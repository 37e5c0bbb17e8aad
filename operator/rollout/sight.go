package rollout

import "strings"

// Sight is what one look at a device showed: the state that its answers
// agreed on, or the trouble that kept them from it.
type Sight struct {
	// Trouble says why there is no reading; everything else is then empty.
	Trouble Trouble

	// Running is the image that runs.
	Running string
	// Healthy says whether what runs is sound.
	Healthy bool
	// Staged is the image that the next reboot will run, empty where none is.
	Staged string
	// StagedKey is the key of the transfer that staged it.
	StagedKey string
	// Transfer is the last transfer that the device knows of.
	Transfer Transfer
	// ETag names the device's state; a POST that carries it is refused once
	// the device has moved on.
	ETag string
}

// Transfer is what a device says of its last transfer.
type Transfer struct {
	// Key is the key that the transfer was asked for with, empty where the
	// device knows of no transfer.
	Key string
	// Image is what is, or was, transferred.
	Image string
	// State is how it stands.
	State TransferState
	// Progress is how far it came, in percent.
	Progress int
}

// TransferState is how a transfer stands.
type TransferState string

const (
	// TransferNone says that the device knows of no transfer.
	TransferNone TransferState = ""
	// TransferRunning says that the transfer is under way.
	TransferRunning TransferState = "running"
	// TransferDone says that the transfer ended well.
	TransferDone TransferState = "done"
	// TransferFailed says that the transfer broke.
	TransferFailed TransferState = "failed"
)

// Trouble is why a look brought no reading: one of a closed list of
// half-sentences, so that nothing that a device sends gets into a status.
type Trouble string

const (
	// None says that there is a reading.
	None Trouble = ""
	// Unreachable says that no connection came about, or it broke.
	Unreachable Trouble = "the device could not be reached"
	// Unresolvable says that the device's name has no address.
	Unresolvable Trouble = "the device's name could not be resolved"
	// Hung says that the device took longer than the client waits.
	Hung Trouble = "the device did not answer in time"
	// Garbled says that the answer was not what the device's API promises.
	Garbled Trouble = "the device gave no readable answer"
	// Mistaken says that another device answered.
	Mistaken Trouble = "another device answered"
	// Wavering says that no two answers in a row agreed.
	Wavering Trouble = "the device's answers did not agree"
)

// stagedFor says whether the image is staged by a transfer of this very
// generation. What an older one staged doesn't count: going on with it would
// leave the ETag where it was, and that generation's late burn would still be
// accepted.
func (s Sight) stagedFor(r Rollout) bool {
	return s.Staged == r.Image && strings.HasPrefix(s.StagedKey, r.generationKey())
}

// restsOn says whether the device runs image, healthy or not, and nothing is
// staged or under way that is about to change that.
func (s Sight) restsOn(image string) bool {
	return s.Running == image && s.Staged == "" && s.Transfer.State != TransferRunning
}

// settledOn says whether the device rests on image, healthy.
func (s Sight) settledOn(image string) bool { return s.restsOn(image) && s.Healthy }
