package process

// The order of the locks. Whoever holds one takes only those below it:
//
//	informer.mu
//	watches.mu
//	writes.mu, watchBody.mu, Sequencer.mu
//	delivery.mu
//	the lock of the virtualtime.Quiescence, which a SyncTracker, its handlers and a queue share
//	Process.mu, GeneratedNames.mu
//	the lock of the virtualtime.Clock
//
// Process.mu is below the Quiescence's because a stopping process says whether it is
// busy while that is held. So nothing is begun, ended, parked or resumed under it.
// Operations.mu, RequestFaults.mu and Timestamps.mu are held alone. No lock is held while a request is
// sent, a handler is told, or Config.Observe is called.
