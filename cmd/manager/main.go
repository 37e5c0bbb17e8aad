// Command manager is the operator: it rolls images out to devices as
// DeviceDeployments declare.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/edge-device-operator/cmd/internal/environment"
	"example.com/edge-device-operator/cmd/internal/stdout"
)

// The exit codes.
const (
	exitFailed = 1 // the operator could not start, or ended by itself
	exitMisuse = 2 // a wrong command line or environment
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// errMisuse marks what is wrong with the command line or the environment.
var errMisuse = errors.New("misuse")

// run is main without the process around it.
func run(ctx context.Context, args []string, out, stderr io.Writer) int {
	c := command()
	written := &stdout.Writer{To: out}
	c.SetArgs(args)
	c.SetOut(written)
	c.SetErr(stderr)
	err := c.ExecuteContext(ctx)
	if err == nil {
		err = written.Err
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errMisuse):
		fmt.Fprintf(stderr, "manager: %s (see \"manager --help\")\n", strings.TrimPrefix(err.Error(), errMisuse.Error()+": "))
		return exitMisuse
	}
	fmt.Fprintln(stderr, "manager:", err)
	return exitFailed
}

func command() *cobra.Command {
	s := defaults
	c := &cobra.Command{
		Use:   "manager",
		Short: "Roll images out to devices, as DeviceDeployments declare",
		Long: `manager is the operator of edge-device-operator: it watches DeviceDeployments and
takes each through Pending, Transferring, Rebooting and Verifying to Succeeded,
or to Failed once its retry policy is exhausted.

It reaches the API server by --kubeconfig, else by KUBECONFIG or ~/.kube/config,
else, in a Pod, by its service account. It needs no leader election: two of them
at once do no harm.

Each flag can be given as an environment variable instead. The log is JSON on
stderr. SIGTERM ends the program once the writes under way are done.

Exit codes: 0 it was asked to end, 1 it could not start or ended by itself,
2 a wrong command line or environment.`,
		Example: `  manager --kubeconfig ~/.kube/config
  manager --namespace plant --device-url 'http://{device}.devices.plant.svc:8080'
  EDGE_DEVICE_OPERATOR_WORKERS=128 manager`,
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%w: unexpected argument %q", errMisuse, args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if err := fromEnvironment(c.Flags()); err != nil {
				return fmt.Errorf("%w: %w", errMisuse, err)
			}
			if err := s.check(); err != nil {
				return fmt.Errorf("%w: %w", errMisuse, err)
			}
			return serve(c.Context(), s, c.ErrOrStderr())
		},
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errMisuse, err) })
	s.add(c.Flags())
	return c
}

// variables is what the name of each of the manager's environment variables
// begins with.
const variables = "EDGE_DEVICE_OPERATOR_"

// variable is the environment variable that stands in for a flag.
func variable(f *pflag.Flag) string {
	return variables + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// fromEnvironment sets the flags that were not given from the environment.
func fromEnvironment(flags *pflag.FlagSet) (err error) {
	var known []string
	flags.VisitAll(func(f *pflag.Flag) { known = append(known, variable(f)) })
	if unknown := environment.Find(variables, known); len(unknown) > 0 {
		u := unknown[0]
		if u.Meant == "" {
			return fmt.Errorf("%s: there is no such variable, only %s", u.Name, strings.Join(known, ", "))
		}
		return fmt.Errorf("%s: there is no such variable; did you mean %s?", u.Name, u.Meant)
	}
	flags.VisitAll(func(f *pflag.Flag) {
		value, ok := os.LookupEnv(variable(f))
		if !ok || f.Changed || err != nil {
			return
		}
		if wrong := f.Value.Set(value); wrong != nil {
			err = fmt.Errorf("%s=%q: %w", variable(f), value, wrong)
		}
	})
	return err
}

// release is set by the linker in a release.
var release string

// version is the release, or else what the Go toolchain knows.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
