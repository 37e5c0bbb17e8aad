package virtualtime

import "bytes"

// channelSource begins, in a stack trace, the names of the functions in which the
// goroutines of controller-runtime's source.Channel run: one takes events from the
// operator's channel and hands them on by a channel of its own, and the other takes
// them from there to the queue. Each waits in a function of its own for what comes
// next, and nowhere else while it has an event. Who sends to a channel in Go wakes who
// waits at it, so that one of the two is always seen at work while an event is on its
// way.
const channelSource = "sigs.k8s.io/controller-runtime/pkg/source.(*channel["

// FollowChannelSources has Settle wait for the events that are on their way through
// a source.Channel, until the function is called that it returns.
func (a *Quiescence) FollowChannelSources() (leave func()) {
	a.Do(func() { a.channelSources++ })
	return func() { a.Do(func() { a.channelSources-- }) }
}

// delivers says whether a goroutine in that state, with that stack, is a channel
// source's and doesn't wait for an event.
func delivers(state string, record []byte) bool {
	if !bytes.Contains(record, []byte(channelSource)) {
		return false
	}
	_, stack, _ := bytes.Cut(record, []byte("\n"))
	return !bytes.HasPrefix(stack, []byte(channelSource)) || state != "select" && state != "chan receive"
}
