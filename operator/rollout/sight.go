package rollout

import "time"

// Sight is what one look at a device showed: the state that its answers
// agreed on, or the trouble that kept them from it.
type Sight struct {
	// Trouble says why there is no reading; everything else is then empty.
	Trouble Trouble

	// Posted says that the POST which this look called for has been made, and
	// Refused why the device did not accept it, None where it did.
	Posted  bool
	Refused Trouble

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
	// Spread is by how much the answers differ about its progress, in percent:
	// Transfer has the lesser.
	Spread int
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

// stagedFor says whether the image is staged by a transfer of this attempt or an
// earlier one at the image. What others staged doesn't count: going on with it
// would leave the ETag where it was, and a late burn of a generation that asked
// for another image would still be accepted.
func (s Sight) stagedFor(r Rollout) bool {
	return s.Staged == r.Image && r.owns(s.StagedKey)
}

// underWayFor says whether a transfer of this attempt or an earlier one at the
// image is under way.
func (s Sight) underWayFor(r Rollout) bool {
	return s.Transfer.State == TransferRunning && r.owns(s.Transfer.Key)
}

// getsOn says whether the transfer of an earlier attempt, which is under way,
// has got further than the status knows, or may yet: for the stall time, or as
// long as a percent took it so far if that is longer. Where the answers differ
// one may be wrong, so it is only given up where both say the same.
func (s Sight) getsOn(r Rollout, now time.Time, t Timing) bool {
	known := 0
	if r.Left.Key == s.Transfer.Key {
		known = r.Left.Progress
	}
	patience := t.Stall
	if known > 0 {
		patience = max(patience, t.Transfer*time.Duration(max(1, r.Attempts-1))/time.Duration(known))
	}
	return s.Transfer.Progress+s.Spread > known || now.Sub(r.Since) < min(patience, t.Transfer/2)
}

// left is what the next attempt has to know of the transfer that this one
// leaves under way; without a reading, what this one knew.
func (s Sight) left(r Rollout) Left {
	switch {
	case s.Trouble != None:
		return r.Left
	case s.underWayFor(r):
		return Left{Key: s.Transfer.Key, Progress: s.Transfer.Progress}
	}
	return Left{}
}

// restsOn says whether the device runs image, healthy or not, and nothing is
// staged or under way that is about to change that.
func (s Sight) restsOn(image string) bool {
	return s.Running == image && s.Staged == "" && s.Transfer.State != TransferRunning
}

// settledOn says whether the device rests on image, healthy.
func (s Sight) settledOn(image string) bool { return s.restsOn(image) && s.Healthy }
