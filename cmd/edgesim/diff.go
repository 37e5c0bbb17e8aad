package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/timeline"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/edge"
)

// diffFlags are the flags of diff.
type diffFlags struct {
	seeds []uint
	html  string
}

func diffCommand() *cobra.Command {
	var flags diffFlags
	c := &cobra.Command{
		Use:   "diff A B",
		Short: "Show where two runs go apart",
		Long: `diff plays two scenarios, each a FILE or a NAME, and shows where the runs go apart:
what only the first one has, with - before it, what only the second one has, with +,
and around that what both have. Steps are the same that say the same of the same
object, whenever that was and whatever the numbers of their requests are. What ends
in .json is not played: it is what "edgesim replay --format json" has printed, such as
that of another commit.

It exits with 0 if the runs are the same, and with 1 if they differ.`,
		Example: `  edgesim diff found/1-web.txt found/1-web-passes.txt
  edgesim diff --seeds 1,2 twenty-at-once twenty-at-once
  edgesim diff before.json after.json
  edgesim diff --html apart.html fails-then-recovers fails-permanently`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: completeNames,
		RunE: func(c *cobra.Command, args []string) error {
			if len(flags.seeds) != 0 && (len(flags.seeds) != 2 || flags.seeds[0] == 0 || flags.seeds[1] == 0) {
				return errors.New("--seeds: expected two numbers from 1, one for each run, such as 1,2")
			}
			return diff(c.Context(), args, flags, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().UintSliceVar(&flags.seeds, "seeds", nil, "play with these seeds instead of the files' own: two `numbers`, such as 1,2")
	c.Flags().StringVar(&flags.html, "html", "", "draw both runs, as a page in this `file`")
	return c
}

func diff(ctx context.Context, args []string, flags diffFlags, out, stderr io.Writer) error {
	runs, err := bothRuns(ctx, args, flags, stderr)
	if err != nil {
		return err
	}
	left, right := runs[0], runs[1]
	if flags.html != "" {
		page := left
		page.Beside = &right
		if _, err := writePage(flags.html, page); err != nil {
			return err
		}
	}
	same, err := timeline.WriteDifference(out, left, right, edge.Words)
	switch {
	case err != nil:
		return err
	case same:
		fmt.Fprintf(stderr, "%s and %s are the same, times aside\n", args[0], args[1])
		return nil
	}
	return failure(exitFailed, fmt.Errorf("%s and %s differ", args[0], args[1]))
}

// bothRuns plays what is to be compared, or reads it.
func bothRuns(ctx context.Context, args []string, flags diffFlags, stderr io.Writer) (runs [2]timeline.Run, err error) {
	var files [2]*scenario.File
	for n, arg := range args {
		if strings.HasSuffix(arg, ".json") {
			if runs[n], err = readRun(arg); len(flags.seeds) > 0 && err == nil {
				err = fmt.Errorf("--seeds: %s is not played", arg)
			}
		} else {
			files[n], err = scenarios.Load(arg)
		}
		if err != nil {
			return runs, failure(exitMisuse, err)
		}
	}
	if files == [2]*scenario.File{} {
		return runs, nil
	}
	session, closeSession, err := openSession(ctx, stderr)
	if err != nil {
		return runs, err
	}
	defer closeSession(&err)
	for n, f := range files {
		if f == nil {
			continue
		}
		options := scenario.Options{FullTrace: true, World: world.Options{Stored: true}}
		if len(flags.seeds) > 0 {
			options.World.Seed = uint64(flags.seeds[n])
		}
		res, runErr := session.Run(ctx, f, options)
		if ctx.Err() != nil {
			return runs, context.Cause(ctx)
		}
		if runErr != nil && len(res.Events) == 0 {
			return runs, runErr
		}
		runs[n] = timeline.NewRun(f, res, runErr)
		if len(flags.seeds) > 0 {
			runs[n].Name += fmt.Sprintf(", seed %d", flags.seeds[n])
		}
	}
	return runs, nil
}

// readRun reads what "replay --format json" has printed of one scenario.
func readRun(path string) (r timeline.Run, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	var one jsonScenario
	lines := json.NewDecoder(bytes.NewReader(text))
	if err := lines.Decode(&one); err != nil || one.Version != trace.Version || one.Scenario == "" {
		return r, fmt.Errorf("%s: expected what \"edgesim replay --format json\" prints, of version %s", path, trace.Version)
	}
	if lines.More() {
		return r, fmt.Errorf("%s: expected one scenario, and there are more", path)
	}
	events, err := trace.Decode(one.Events)
	if err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	if one.Differs {
		one.Error = "" // what its file tells is not compared here
	}
	return timeline.Run{
		Name: path, Title: one.Title, Events: events, Lines: make([]int, len(events)),
		Virtual: time.Duration(one.VirtualSeconds * float64(time.Second)), Failure: one.Error,
	}, nil
}
