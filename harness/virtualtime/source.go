package virtualtime

import "bytes"

// channelSource is the prefix, in a stack trace, of the functions in which the
// goroutines of controller-runtime's source.Channel run. One takes events from the
// operator's channel and sends them to a channel of its own; the other takes them from
// there to the queue. Each waits in a function of its own for the next event, and
// nowhere else while it has one. In Go a send to a channel wakes the receiver, so one
// of the two is always visibly running while an event is on its way.
const channelSource = "sigs.k8s.io/controller-runtime/pkg/source.(*channel["

// FollowChannelSources makes Settle wait for events on their way through a
// source.Channel, until the returned function is called.
func (a *Quiescence) FollowChannelSources() (leave func()) {
	a.Do(func() { a.channelSources++ })
	return func() { a.Do(func() { a.channelSources-- }) }
}

// delivers says whether a goroutine with that state and stack belongs to a channel
// source and is not waiting for an event.
func delivers(state string, record []byte) bool {
	if !bytes.Contains(record, []byte(channelSource)) {
		return false
	}
	_, stack, _ := bytes.Cut(record, []byte("\n"))
	return !bytes.HasPrefix(stack, []byte(channelSource)) || state != "select" && state != "chan receive"
}
