// Command edgesim replays scenarios of the edge-device-operator on a real API
// server in virtual time.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"example.com/edge-device-operator/cmd/internal/stdout"
)

// The exit codes.
const (
	exitFailed       = 1 // a scenario differed or an invariant failed
	exitMisuse       = 2 // a wrong command line or a bad file
	exitControlPlane = 3 // the control plane could not be had
	exitOutput       = 4 // stdout, or a file, could not be written
	exitUnended      = 5 // a scenario waits for an end that nothing can bring
	exitInterrupted  = 130
)

// exitError is an error with its exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func failure(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code, err}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	// Each world has a log of its own. Without a global logger, controller-runtime
	// prints a stack trace if a boot takes more than 30 s.
	log.SetLogger(logr.Discard())
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, in io.Reader, out, stderr io.Writer) int {
	root := command()
	written := &stdout.Writer{To: out}
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(written)
	root.SetErr(stderr)
	refuseUnknown(root) // completion keeps where it writes to
	err := root.ExecuteContext(ctx)
	if err == nil && written.Err == nil {
		return 0
	}
	var exit *exitError
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "edgesim: interrupted")
		return exitInterrupted
	case written.Err != nil:
		fmt.Fprintln(stderr, "edgesim:", written.Err)
		return exitOutput
	case errors.As(err, &exit):
		fmt.Fprintln(stderr, "edgesim:", err)
		return exit.code
	}
	// Errors of cobra itself are mistakes in the command line.
	fmt.Fprintf(stderr, "edgesim: %v\nTry \"edgesim --help\".\n", err)
	return exitMisuse
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "edgesim",
		Short: "Replay scenarios of the edge-device-operator on a real API server in virtual time",
		Long: `edgesim boots a real kube-apiserver and etcd, the real controller and a fleet of
simulated devices, and plays a scenario on them in virtual time. The same
scenario and seed give the same bytes on stdout, on every machine and at any
number of workers with which no object has to wait for one. "edgesim demo" leaves the testbed: real processes, real time.

Exit codes: 0 everything held, 1 a scenario differed or an invariant failed,
2 a wrong command line or a bad file, 3 the control plane could not be had,
4 stdout or a file could not be written, 5 a scenario waits for an end that
nothing can bring, 130 interrupted.`,
		Example: `  edgesim list
  edgesim replay controller-killed-mid-transfer
  edgesim replay --workers 16 twenty-at-once
  edgesim replay --seed 42 twenty-at-once
  edgesim replay ./my-scenario.txt --rewrite
  edgesim explore fails-then-recovers
  edgesim demo`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(replayCommand(), exploreCommand(), reportCommand(), diffCommand(), listCommand(), setupCommand(), demoCommand(), versionCommand())
	return root
}

// refuseUnknown makes help and completion refuse unknown words, as every other command
// does; by default they print something and succeed.
func refuseUnknown(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion":
			c.Args = cobra.NoArgs
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		case "help":
			c.Args = func(_ *cobra.Command, args []string) error {
				if _, _, err := root.Find(args); err != nil {
					return err
				}
				return nil
			}
		}
	}
}
