package instance

// The order of the locks. Whoever holds one takes only those below it:
//
//	informer.mu
//	watches.mu
//	writes.mu, watchBody.mu, Gate.mu
//	the lock of the virtualtime.Activity, which a Freshness and a queue share
//	Instance.mu
//	the lock of the virtualtime.Clock
//
// Instance.mu is below the Activity's because a stopping instance says whether it is
// busy while that is held. So nothing is begun, ended, parked or resumed under it.
// Operations.mu and Disturbances.mu are held alone. No lock is held while a request is
// sent, a handler is told, or Config.Observe is called.
