// Package envtest contains only tests. They test the operator at a real API server:
// what is generated for the API server (the CRD's rules, the ClusterRole, the
// manifests), single reconciles, and what kubectl shows. It is the only package of the
// operator that uses the testbed's control plane and a simulated device.
package envtest
