package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.com/edge-device-operator/scenarios/realtime"
)

func demoCommand() *cobra.Command {
	var programs realtime.Programs
	c := &cobra.Command{
		Use:   "demo",
		Short: "Roll out to three devices in real time, and kill the manager meanwhile",
		Long: `demo runs kube-apiserver and etcd, the real manager and a real devicesim for each
of three devices, as processes on loopback and in real time; it takes about
half a minute. One device goes well, one fails and recovers, one fails for
good. The manager is killed (SIGKILL) while the first one is being burned, and
started again 3 s later.

In the end what the API server says is compared with what the devices wrote
down themselves. Nothing is left behind, neither after Ctrl-C: no process, no
port, no file.

The devices are reached through a gateway in this process, by paths: the
manager's --device-url can't name a port for each.`,
		Example: `  make demo-local
  edgesim demo
  edgesim demo --manager ./manager --devicesim ./devicesim | cat`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := find(&programs); err != nil {
				return failure(exitMisuse, err)
			}
			return demo(c.Context(), programs, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&programs.Manager, "manager", "", "the manager `program`; the one beside edgesim by default")
	c.Flags().StringVar(&programs.Devicesim, "devicesim", "", "the devicesim `program`; the one beside edgesim by default")
	return c
}

// find finds the programs that were not named, and checks that all exist.
func find(programs *realtime.Programs) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, p := range []struct {
		path *string
		flag string
	}{{&programs.Manager, "manager"}, {&programs.Devicesim, "devicesim"}} {
		if *p.path == "" {
			*p.path = filepath.Join(filepath.Dir(self), p.flag)
		}
		if info, err := os.Stat(*p.path); err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			return fmt.Errorf("--%s: there is no program %s; make demo-local builds it", p.flag, *p.path)
		}
	}
	return nil
}

func demo(ctx context.Context, programs realtime.Programs, stdout, stderr io.Writer) error {
	screen := newScreen(stdout)
	screen.Say("etcd and kube-apiserver start")
	site, err := realtime.Open(ctx, programs, progress(stderr))
	if err != nil {
		return failure(exitControlPlane, err)
	}
	verdict, err := site.Demo(ctx, screen)
	if err = errors.Join(err, site.Close()); err != nil {
		return failure(exitFailed, fmt.Errorf("demo FAILED: %w", err))
	}
	fmt.Fprintln(stdout, "demo held:", verdict)
	return nil
}
