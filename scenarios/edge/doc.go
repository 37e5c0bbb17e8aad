// Package edge is the seam between the testbed and the edge-device-operator: the only
// package that depends on both. It adds a fleet of devices to a world, its commands to
// the scenario language, and the evidence for the operator's invariants.
package edge
