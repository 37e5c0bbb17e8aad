package controlplane

// The releases that are built, as build/go.mod.txt names them, and the series
// that a download may come from.
const (
	KubernetesVersion = "v1.37.2"
	EtcdVersion       = "v3.7.0"

	kubernetesSeries = "v1.37."
)
