// Package edge is the seam between the testbed, which knows no operator, and the
// edge-device-operator: it knows both sides, and no other package does.
package edge
