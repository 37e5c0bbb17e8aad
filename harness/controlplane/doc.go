// Package controlplane runs a real kube-apiserver and etcd for tests, on
// machines that may reach nothing but a Go module proxy. It knows no operator.
//
// Binaries finds the two programs, or builds them. Start runs them until Stop;
// between the two, each can be killed and started again on what it had stored.
// On Linux no process outlives the one that called Start, however that one
// ends, and what a killed one leaves on disk is removed at the next Start.
package controlplane
