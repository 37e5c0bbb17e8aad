// Command devicesim serves one simulated, unreliable device.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"example.com/edge-device-operator/cmd/internal/stdout"
)

// The exit codes.
const (
	exitFailed = 1 // it could not serve
	exitMisuse = 2 // a wrong command line or a bad plan
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// servingError is an error that is not the user's.
type servingError struct{ error }

// run is main without the process, for tests.
func run(ctx context.Context, args []string, stdin io.Reader, out, stderr io.Writer) int {
	root := command()
	written := &stdout.Writer{To: out}
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(written)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil && written.Err != nil {
		err = servingError{written.Err}
	}
	var serving servingError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &serving):
		fmt.Fprintln(stderr, "devicesim:", err)
		return exitFailed
	}
	fmt.Fprintf(stderr, "devicesim: %v\nTry \"devicesim --help\".\n", err)
	return exitMisuse
}

func command() *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:   "devicesim",
		Short: "Serve one simulated, unreliable device",
		Long: `devicesim serves one simulated device: GET /health, POST /burn?image=X&key=K and
POST /reboot. Its faults are data: see --plan, and docs/device.md.

Each flag's default can be set in the environment, under the name in brackets.
All state is in memory: a device that is started again has forgotten everything.
A second port answers /healthz with 200 for as long as the process lives, also
while the device plays dead.

Exit codes: 0 stopped by SIGTERM or Ctrl-C, 1 it could not serve, 2 a wrong
command line or a bad plan.`,
		Example: `  devicesim --name press-01
  devicesim --name press-01 --fail-first-transfer-at 40%
  echo 'faults: [{of: burn, nth: 1, do: lose-answer}]' | devicesim --plan -
  DEVICE_PLAN='{transfer: 5s, reboot: 3s}' devicesim --listen 127.0.0.1:8080

  curl -i localhost:8080/health
  curl -i -X POST 'localhost:8080/burn?image=fw:2&key=by-hand'
  curl -i -X POST localhost:8080/reboot`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := o.config(c)
			if err != nil {
				return err
			}
			if err := serve(c.Context(), cfg, o, c.ErrOrStderr()); err != nil {
				return servingError{err}
			}
			return nil
		},
	}
	o.register(root.Flags())
	return root
}
