// Package trace holds what happened in a world: events, in an order that doesn't depend
// on the number of workers.
//
// An Event is data: who did what to which object, and what the result was. It contains
// no uid, resourceVersion, port, generated name or wall-clock time, so a scenario and a
// seed always give the same events. Text puts an event into words; an operator may have
// better words, with a Narrator. Programs never read the words. Encode writes events as
// JSON, in a schema with a Version.
//
// # Who adds events
//
// Any goroutine may, as long as events with the same Subject are added one after the
// other; only then is their order the same in every run. In a world these are
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
// A Trace has one lock. It is a leaf: no other lock is taken while it is held, and no
// callback runs under it. So Add may be called with any lock held.
package trace
