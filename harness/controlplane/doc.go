// Package controlplane runs a real kube-apiserver and etcd for tests, even on machines
// that can reach nothing but a Go module proxy. It knows no operator.
//
// Binaries finds the two programs, or downloads or builds them. Start runs them until
// Stop. In between, each can be killed and started again on the same data. On Linux no
// process outlives the one that called Start, however that ends. Files that a killed
// process leaves behind are removed at the next Start.
package controlplane
