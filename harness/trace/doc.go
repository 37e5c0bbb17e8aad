// Package trace holds what happened in a world: events, in an order that doesn't
// depend on how many workers there were.
//
// An Event is data. It says who did what to which object, and what came of it. It
// holds no uid, no resourceVersion, no port, no generated name and no time of the
// wall clock, so that a scenario and a seed always make the same events. Text puts
// an event into words; whoever knows the operator may have better ones, a Narrator.
// Nobody reads the words to learn what happened. Encode writes events as JSON, in a
// schema that has a Version.
//
// # Who adds events
//
// Any goroutine may, as long as what has the same Subject is added one after the
// other; only then is its order the same in every run. In a world these are
//
//   - the commands of a script, which are carried out one at a time: starts, kills,
//     cuts, and what people do to objects;
//   - each request of a reconcile or of a task, once it is over: the requests with
//     one Subject are answered one at a time;
//   - the external systems. They keep what happened to themselves, and the world
//     collects it when it is settled.
//
// # Locks
//
// A Trace has one lock. It is a leaf: no other lock is taken while it is held, and
// no function of the caller's runs under it. So Add may be called with any lock
// held.
package trace
