// Package envtest holds no code: its tests hold the operator to a real API server.
// They are about what is generated for one (the CRD's rules, the ClusterRole, the
// manifests), about a single reconcile, and about what kubectl makes of it all. Of
// the operator's packages it alone knows the testbed's control plane, and a
// simulated device.
package envtest
