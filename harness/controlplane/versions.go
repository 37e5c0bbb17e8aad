package controlplane

// The releases that are built, as in build/go.mod.txt, and the series from which a
// download may come.
const (
	KubernetesVersion = "v1.37.2"
	EtcdVersion       = "v3.7.0"

	kubernetesSeries = "v1.37."
)
