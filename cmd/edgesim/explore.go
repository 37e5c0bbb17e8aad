package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/edge"
)

// exploreFlags are the flags of explore.
type exploreFlags struct {
	runs     int
	noMerge  bool
	audit    int
	seed     uint64
	noShrink bool
	out      string
}

func exploreCommand() *cobra.Command {
	var flags exploreFlags
	c := &cobra.Command{
		Use:   "explore FILE|NAME...",
		Short: "Play scenarios with every single fault at every request",
		Long: `explore plays each scenario once as it is written, and then again for each
request at which something can go wrong: the controller is killed before or after
it and another starts at once, later, or much later; it is refused; its answer is
lost. Each time all invariants are checked, and what every operator promises: it
comes to rest, one that starts anew finds nothing to do, the end is the same as
without the fault.

What breaks something is shrunk to a scenario of a few lines that replay plays and
that breaks the same; what comes to the same is one cause. Beside it stand the
nearest run that passes, where the two go apart, and the point of no return: the
request from which on the operator recovers neither by itself nor when it is
started again. All is printed, and written into a folder.`,
		Example: `  edgesim explore fails-then-recovers
  edgesim explore --runs 100 fails-then-recovers fails-permanently
  edgesim explore --out found fails-then-recovers`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeNames,
		RunE: func(c *cobra.Command, args []string) error {
			for _, number := range []struct {
				flag  string
				value int
			}{{"runs", flags.runs}, {"audit", flags.audit}} {
				if number.value < 0 {
					return fmt.Errorf("--%s %d: expected a number that is not negative", number.flag, number.value)
				}
			}
			return exploreAll(c.Context(), args, flags, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().IntVar(&flags.runs, "runs", 0, "play at most this `number` of runs, the most telling first (default all)")
	c.Flags().BoolVar(&flags.noMerge, "no-merge", false, "play every kill, though some be the same")
	c.Flags().IntVar(&flags.audit, "audit", 12, "play this `number` of kills that are the same as others all the same, and compare")
	c.Flags().Uint64Var(&flags.seed, "seed", 1, "draw by this `number` which those are")
	c.Flags().BoolVar(&flags.noShrink, "no-shrink", false, "leave what breaks something as it was found")
	c.Flags().StringVar(&flags.out, "out", "", "write what is found into this `folder` (default a new temporary one, if anything is found)")
	return c
}

// exploreAll explores scenarios. It reads them all before it plays any.
func exploreAll(ctx context.Context, args []string, flags exploreFlags, out, stderr io.Writer) (err error) {
	o := explore.Options{
		Language: edge.Language, Runs: flags.runs, NoMerge: flags.noMerge, Audit: flags.audit, Seed: flags.seed, Width: scenarios.Width(), NoShrink: flags.noShrink,
	}
	for _, arg := range args {
		f, err := scenarios.Load(arg)
		if err != nil {
			return failure(exitMisuse, err)
		}
		o.Files = append(o.Files, f)
	}
	session, err := scenarios.Open(ctx, progress(stderr))
	if err != nil {
		return failure(exitControlPlane, err)
	}
	defer func() {
		if closeErr := session.Close(); err == nil {
			err = failure(exitControlPlane, closeErr)
		}
	}()
	o.Play = func(ctx context.Context, f *scenario.File, options scenario.Options) (scenario.Result, error) {
		return session.Run(ctx, f, options)
	}
	if terminal := progress(stderr); terminal != nil {
		o.Progress = func(done, total, violations int) {
			fmt.Fprintf(terminal, "\r%d of %d runs, %d violations", done, total, violations)
			if done == total {
				fmt.Fprintln(terminal)
			}
		}
		o.Shrinking = func(done, total int) {
			fmt.Fprintf(terminal, "\r%d of %d violations shrunk", done, total)
			if done == total {
				fmt.Fprintln(terminal)
			}
		}
	}
	began := time.Now()
	r, err := explore.Explore(ctx, o)
	if writeErr := r.WriteText(out); writeErr != nil {
		return writeErr
	}
	if writeErr := writeFound(r, flags.out, stderr); writeErr != nil {
		return writeErr
	}
	wall := time.Since(began)
	fmt.Fprintf(stderr, "explored %d runs of %d scenarios in %.0f s: %d violations\n", r.Runs, r.Scenarios, wall.Seconds(), len(r.Violations))
	switch {
	case err != nil:
		return err
	case len(r.Errors) > 0:
		return failure(exitFailed, fmt.Errorf("of %d runs nothing can be said", len(r.Errors)))
	case len(r.Violations) > 0:
		return failure(exitFailed, fmt.Errorf("%d of %d runs broke something", len(r.Violations), r.Runs))
	}
	return nil
}

// writeFound writes a report into a folder, and says into which.
func writeFound(r explore.Report, folder string, stderr io.Writer) (err error) {
	if folder == "" && len(r.Groups) == 0 {
		return nil
	}
	if folder == "" {
		if folder, err = os.MkdirTemp("", "edgesim-explore-"); err != nil {
			return failure(exitOutput, err)
		}
	}
	if err := r.WriteFiles(folder); err != nil {
		return failure(exitOutput, fmt.Errorf("--out: %w", err))
	}
	fmt.Fprintf(stderr, "written to %s\n", folder)
	return nil
}
