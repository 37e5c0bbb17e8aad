// Package model checks the state machine that ships, rollout.Decide, against a
// small model of the world, exhaustively: every order in which things can
// happen, within bounds, is tried. All of it is in the tests.
//
// The world is one object in the API server, one device and two controllers,
// each of which can stop between any two of its steps, for as long as it
// likes, crash there, or go by a copy of the object that is out of date. The
// controllers' steps are those of the reconciler: read the object, observe the
// device, read the object again past the cache, POST with If-Match, or write
// the status with the resourceVersion of the copy acted on. A POST may be on
// its way for any time, also when who sent it is dead. The device has its
// faults, the user edits the spec or deletes the object and creates it again,
// and deadlines pass whenever they like.
//
// An observation is one step: under the bound on the devices' wrong answers, it shows
// the device as it was at one moment, or nothing at all.
//
// The search is breadth-first, so that what it finds wrong comes as the
// shortest story there is.
//
// Some short cuts keep the model small, and none hides a story. An ETag never
// comes back, so all that matters of one that somebody holds is whether it is
// still the device's. The controllers are alike, so worlds that differ only in
// which is which are one. What the device or the API server is sure to refuse
// changes nothing, so it is dropped at once: a POST with an old ETag, and
// whatever a controller does by an old copy. And of a transfer that is of no
// attempt at the present image, it doesn't matter of which it is. The
// last two are taken only where the protocol makes them sound, and smaller
// searches do without them.
//
// The model's API server refuses no transition: that the status only moves
// forward has to come of the protocol, not of the CEL rules behind it.
package model
