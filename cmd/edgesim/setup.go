package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"example.com/edge-device-operator/harness/controlplane"
)

func setupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "setup",
		Short: "Get the control plane's programs, and do nothing else",
		Long: `setup gets kube-apiserver and etcd: from KUBEBUILDER_ASSETS if that is set, from
edgesim's cache folder, by envtest's download, or else by building them from
the Go module proxy, which takes about 10 minutes on 2 cores, once.`,
		Example: `  edgesim setup
  KUBEBUILDER_ASSETS=/usr/local/kubebuilder/bin edgesim setup`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			assets, err := controlplane.Binaries(c.Context(), c.ErrOrStderr())
			if err != nil {
				return failure(exitControlPlane, err)
			}
			fmt.Fprintf(c.OutOrStdout(), "kube-apiserver and etcd are in %s (%s)\n", assets.Dir, assets.From)
			return nil
		},
	}
}
