package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"example.com/edge-device-operator/harness/controlplane"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print what this edgesim was built from, and the control plane that it boots",
		Example: "  edgesim version",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			revision, goVersion := "unknown", "unknown"
			if info, ok := debug.ReadBuildInfo(); ok {
				goVersion = info.GoVersion
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						revision = s.Value
					}
				}
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "edgesim of revision %s, built with %s; kube-apiserver %s, etcd %s where they are built\n",
				revision, goVersion, controlplane.KubernetesVersion, controlplane.EtcdVersion)
			return err
		},
	}
}
