package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/spf13/cobra"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/edge"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	workers int
	seed    uint64
	rewrite bool
	verbose bool
	format  string
	// Files that the run is drawn into.
	html, perfetto, shiviz string
	step                   bool
}

func replayCommand() *cobra.Command {
	var flags replayFlags
	c := &cobra.Command{
		Use:   "replay FILE|NAME...",
		Short: "Play scenarios and compare what happens with what their files tell",
		Long: `replay plays each scenario in a world of its own, prints it with what happened,
and compares that with what the file tells. The invariants are checked after
every step.

With a seed other than the file's own the devices have other luck, and of two
controllers either may come first, so only the invariants are checked, and the
trace is printed.

With --step it waits for what you type: next, back, to 12s, show, kill, help. What
you change is saved as a scenario file. Lines that come from a pipe are done, too, up
to the first mistake.

What a scenario file can say:
`,
		Example: `  edgesim replay controller-killed-mid-transfer
  edgesim replay fails-then-recovers fails-permanently
  edgesim replay --workers 16 twenty-at-once
  edgesim replay --seed 42 twenty-at-once
  edgesim replay --step controller-killed-mid-transfer
  edgesim replay --format junit twenty-at-once > report.xml
  edgesim replay --rewrite ./scenarios/twenty-at-once.txt`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeNames,
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("workers") && (flags.workers < 1 || flags.workers > 10000) {
				return fmt.Errorf("--workers %d: expected a number from 1 to 10000", flags.workers)
			}
			out, err := newPrinter(flags.format, c.OutOrStdout())
			if err != nil {
				return err
			}
			otherSeed := c.Flags().Changed("seed")
			if otherSeed && flags.seed == 0 {
				return errors.New("--seed 0: expected a number from 1")
			}
			if otherSeed && flags.rewrite {
				return errors.New("--seed and --rewrite: a file is rewritten with its own seed only; change its seed line instead")
			}
			if flags.html+flags.perfetto+flags.shiviz != "" && len(args) > 1 {
				return fmt.Errorf("--html, --perfetto and --shiviz: a file shows one scenario, and there are %d", len(args))
			}
			if flags.step {
				if err := checkStep(c, args); err != nil {
					return err
				}
				return step(c.Context(), args[0], flags, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
			}
			return replay(c.Context(), args, flags, out, c.ErrOrStderr())
		},
	}
	for _, usage := range edge.Language.Usage() {
		c.Long += "  " + usage + "\n"
	}
	c.Flags().IntVar(&flags.workers, "workers", 0, "how many objects the controller reconciles at a time (default 4, or all of them where devices hang)")
	c.Flags().Uint64Var(&flags.seed, "seed", 0, "play with this seed instead of the file's own: a `number` from 1")
	c.Flags().BoolVar(&flags.rewrite, "rewrite", false, "write what happens into the files")
	c.Flags().BoolVar(&flags.verbose, "verbose", false, "print the controller's log, with virtual times, to stderr")
	c.Flags().StringVar(&flags.format, "format", formatText, "print `text`, json (a line for each scenario, with the whole trace) or junit")
	c.Flags().StringVar(&flags.html, "html", "", "draw what happens, as a page in this `file`; what fails is always drawn")
	c.Flags().StringVar(&flags.perfetto, "perfetto", "", "write what happens into this `file` for ui.perfetto.dev")
	c.Flags().StringVar(&flags.shiviz, "shiviz", "", "write what happens into this `file` for ShiViz")
	c.Flags().BoolVar(&flags.step, "step", false, "step through the run, forward and back, and change it on the way: help lists the words")
	completeFormats(c)
	return c
}

func completeNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return scenarios.Names(), cobra.ShellCompDirectiveDefault
}

// replay plays scenarios. It parses all of them before it runs any.
func replay(ctx context.Context, args []string, flags replayFlags, out printer, stderr io.Writer) (err error) {
	var files []*scenario.File
	for _, arg := range args {
		f, err := scenarios.Load(arg)
		if err != nil {
			return failure(exitMisuse, err)
		}
		if flags.rewrite {
			switch err := f.Rewritable(); {
			case errors.Is(err, fs.ErrNotExist):
				return failure(exitMisuse, fmt.Errorf("--rewrite: %s came with the program and isn't a file here; run this in a checkout, or name a file", f.Name()))
			case err != nil:
				return failure(exitMisuse, fmt.Errorf("--rewrite: %w", err))
			}
		}
		files = append(files, f)
	}
	if err := checkDrawings(flags, args[0]); err != nil {
		return err
	}
	session, closeSession, err := openSession(ctx, stderr)
	if err != nil {
		return err
	}
	defer closeSession(&err)
	// Many goroutines write the controller's log; one of controller-runtime's, which stops
	// the warmup runnables, may do so when its manager has long ended.
	log := &oneAtATime{out: stderr}
	defer log.end()
	stderr = log
	width := scenarios.Width()
	if flags.verbose {
		width = 1 // otherwise the logs of several worlds would be mixed
	}
	results, stop := scenarios.SideBySide(ctx, width, files, func(ctx context.Context, f *scenario.File) played {
		return play(ctx, session, f, flags, stderr)
	})
	defer stop()
	failed, unended, code := 0, 0, exitFailed
	for n := range files {
		s, ok := <-results[n]
		if !ok {
			return errors.Join(context.Cause(ctx), out.close())
		}
		if s.err != nil && ctx.Err() != nil {
			// It was interrupted, so there is nothing to report.
			return errors.Join(context.Cause(ctx), out.close())
		}
		if err := out.print(s); err != nil {
			return err
		}
		fmt.Fprintln(stderr, s.verdict)
		for _, m := range s.res.Moved {
			fmt.Fprintln(stderr, "moved:", m)
		}
		for _, note := range s.res.Notes {
			fmt.Fprintln(stderr, "note:", note)
		}
		if s.err, err = draw(s, flags); err != nil {
			return err
		}
		if s.err != nil {
			fmt.Fprintln(stderr, s.err)
			failed++
			if own := (*exitError)(nil); errors.As(s.err, &own) {
				code = own.code
			}
			if scenario.IsUnended(s.err) {
				unended++
			}
		}
	}
	if err := out.close(); err != nil {
		return err
	}
	if failed > 0 {
		if unended == failed {
			code = exitUnended
		}
		return failure(code, fmt.Errorf("%d of %d scenarios failed", failed, len(files)))
	}
	return nil
}

// play plays one scenario and checks the result.
func play(ctx context.Context, session *scenarios.Session, f *scenario.File, flags replayFlags, stderr io.Writer) played {
	options := scenario.Options{FullTrace: true, World: world.Options{Workers: flags.workers, Seed: flags.seed, Stored: true}}
	if flags.verbose {
		options.World.Log = controllerLog(stderr)
	}
	began := time.Now()
	res, err := session.Run(ctx, f, options)
	wall := time.Since(began)
	switch {
	case err != nil:
		err = fmt.Errorf("%w\n  replay it: %s", err, scenarios.Replay(f, options))
	case flags.rewrite:
		var changed bool
		if changed, err = f.Rewrite(res); changed {
			fmt.Fprintf(stderr, "%s rewritten\n", f.Path)
		}
		err = failure(exitOutput, err)
	case flags.seed == 0 || flags.seed == f.Seed:
		if err = f.Compare(res); err != nil {
			err = fmt.Errorf("%w\nIf that is what should happen: edgesim replay --rewrite %s", err, f.Path)
		}
	}
	return played{f, res, err, verdict(f, res, wall, err)}
}

// controllerLog writes the controller's log with virtual times. The order of its lines
// is not deterministic.
func controllerLog(out io.Writer) func(func() time.Duration) logr.Logger {
	return func(elapsed func() time.Duration) logr.Logger {
		return funcr.New(func(prefix, args string) {
			fmt.Fprintf(out, "%10s  log: %s %s\n", elapsed(), prefix, args)
		}, funcr.Options{Verbosity: 1})
	}
}

// oneAtATime is a writer for concurrent use. It writes nothing once it has ended.
type oneAtATime struct {
	mu  sync.Mutex // guards what follows
	out io.Writer
}

func (w *oneAtATime) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

func (w *oneAtATime) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out = io.Discard
}

// progress is the writer for progress: stderr if that is a terminal, else nothing.
func progress(stderr io.Writer) io.Writer {
	if f := terminal(stderr); f != nil {
		return f
	}
	return nil
}

func listCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the scenarios that come with edgesim",
		Long:    `list lists the scenarios that come with edgesim, each with its title.`,
		Example: `  edgesim list`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			names := scenarios.Names()
			width := len(slices.MaxFunc(names, func(a, b string) int { return len(a) - len(b) }))
			for _, name := range names {
				f, err := scenarios.Load(name)
				if err != nil {
					return failure(exitMisuse, err)
				}
				fmt.Fprintf(c.OutOrStdout(), "%-*s  %s\n", width, name, f.Title)
			}
			return nil
		},
	}
}
