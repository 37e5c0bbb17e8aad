package rollout

import "time"

// Observation is the result of one observation of a device: the state that its
// answers agreed on, or the error that prevented it.
type Observation struct {
	// Trouble says why there is no reading; everything else is then empty.
	Error DeviceError

	// Posted says that the POST which this observation called for has been made, and
	// Refused why the device did not accept it, None where it did.
	Posted    bool
	PostError DeviceError

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
	ProgressSpread int
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
func (o Observation) hasStaged(r Rollout) bool {
	return o.Staged == r.Image && r.owns(o.StagedKey)
}

// underWayFor says whether a transfer of this attempt or an earlier one at the
// image is under way.
func (o Observation) isTransferring(r Rollout) bool {
	return o.Transfer.State == TransferRunning && r.owns(o.Transfer.Key)
}

// getsOn says whether the transfer of an earlier attempt, which is under way,
// has got further than the status knows, or may yet: for the stall time, or as
// long as a percent took it so far if that is longer. Where the answers differ
// one may be wrong, so it is only given up where both say the same.
func (o Observation) progresses(r Rollout, now time.Time, t Timing) bool {
	known := 0
	if r.Unfinished.Key == o.Transfer.Key {
		known = r.Unfinished.Progress
	}
	patience := t.Stall
	if known > 0 {
		patience = max(patience, t.Transfer*time.Duration(max(1, r.Attempts-1))/time.Duration(known))
	}
	return o.Transfer.Progress+o.ProgressSpread > known || now.Sub(r.Since) < min(patience, t.Transfer/2)
}

// left is what the next attempt has to know of the transfer that this one
// leaves under way; without a reading, what this one knew.
func (o Observation) unfinishedTransfer(r Rollout) UnfinishedTransfer {
	switch {
	case o.Error != NoError:
		return r.Unfinished
	case o.isTransferring(r):
		return UnfinishedTransfer{Key: o.Transfer.Key, Progress: o.Transfer.Progress}
	}
	return UnfinishedTransfer{}
}

// restsOn says whether the device runs image, healthy or not, and nothing is
// staged or under way that is about to change that.
func (o Observation) isIdleOn(image string) bool {
	return o.Running == image && o.Staged == "" && o.Transfer.State != TransferRunning
}

// settledOn says whether the device rests on image, healthy.
func (o Observation) isIdleAndHealthyOn(image string) bool { return o.isIdleOn(image) && o.Healthy }
