package rollout

import "time"

// Observation is the result of one observation of a device: the state that its
// answers agreed on, or the error that prevented it.
type Observation struct {
	// Error says why the observation failed; everything else is then empty.
	Error DeviceError

	// Posted says that the POST which this observation called for was sent.
	// PostError says why it failed, NoError if the device accepted it.
	Posted    bool
	PostError DeviceError

	// Running is the image that runs.
	Running string
	// Healthy is what the device says about the running image.
	Healthy bool
	// Staged is the image that the next reboot will run, empty if there is none.
	Staged string
	// StagedKey is the key of the transfer that staged it.
	StagedKey string
	// Transfer is the last transfer that the device knows of.
	Transfer Transfer
	// ProgressSpread is the difference between the two answers' progress, in
	// percent. Transfer has the smaller one.
	ProgressSpread int
	// ETag identifies the device's state. The device refuses a POST that carries
	// it once that state has changed.
	ETag string
}

// Transfer is what a device says about its last transfer.
type Transfer struct {
	// Key is the key of the burn that started it, empty if the device knows of no
	// transfer.
	Key string
	// Image is the image that is, or was, transferred.
	Image string
	// State is the state of the transfer.
	State TransferState
	// Progress is how far it got, in percent.
	Progress int
}

// TransferState is the state of a transfer.
type TransferState string

const (
	// TransferNone means that the device knows of no transfer.
	TransferNone TransferState = ""
	// TransferRunning means that the transfer is under way.
	TransferRunning TransferState = "running"
	// TransferDone means that the transfer succeeded.
	TransferDone TransferState = "done"
	// TransferFailed means that the transfer failed.
	TransferFailed TransferState = "failed"
)

// hasStaged says whether this attempt, or an earlier one at the image, has staged
// it. What anybody else staged doesn't count: to continue with it would leave the
// ETag unchanged, so the device would still accept a late burn of a generation
// that asked for another image.
func (o Observation) hasStaged(r Rollout) bool {
	return o.Staged == r.Image && r.owns(o.StagedKey)
}

// isTransferring says whether a transfer of this attempt, or of an earlier one at
// the image, is under way.
func (o Observation) isTransferring(r Rollout) bool {
	return o.Transfer.State == TransferRunning && r.owns(o.Transfer.Key)
}

// progresses says whether an earlier attempt's transfer, which is under way, has
// made progress since the status recorded it, or may still. It may for the stall
// time, or, if that is longer, for the time of one percent on average over the
// attempts before, as if all of them had gone into it. If the two answers differ,
// one may be wrong, so the transfer is given up only if both say that it made no
// progress.
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

// unfinishedTransfer is the transfer that this attempt leaves under way, to be
// stored for the next one. If the observation failed, it is the one stored before.
func (o Observation) unfinishedTransfer(r Rollout) UnfinishedTransfer {
	switch {
	case o.Error != NoError:
		return r.Unfinished
	case o.isTransferring(r):
		return UnfinishedTransfer{Key: o.Transfer.Key, Progress: o.Transfer.Progress}
	}
	return UnfinishedTransfer{}
}

// isIdleOn says whether the device runs image, healthy or not, and has nothing
// staged or under way.
func (o Observation) isIdleOn(image string) bool {
	return o.Running == image && o.Staged == "" && o.Transfer.State != TransferRunning
}

// isIdleAndHealthyOn says whether the device is idle on image and healthy.
func (o Observation) isIdleAndHealthyOn(image string) bool { return o.isIdleOn(image) && o.Healthy }
