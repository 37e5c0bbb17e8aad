package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/edge"
)

// exploreFlags are the flags of explore.
type exploreFlags struct {
	runs    int
	budget  time.Duration
	faults  []string
	depth   int
	worlds  int
	noMerge bool
	audit   int
	repeat  int
	first   bool
	seed    uint64
	shard   string
	format  string
	journal string
	resume  string
	print   int

	noShrink bool
	out      string
}

func exploreCommand() *cobra.Command {
	var flags exploreFlags
	c := &cobra.Command{
		Use:   "explore [FILE|NAME...]",
		Short: "Play scenarios with every single fault at every request, pairs of faults, and random worlds",
		Long: `explore plays each scenario once as it is written, and then again for each
request at which something can go wrong: the controller is killed before or after
it, or told to stop, and another starts at once, later, or much later; another one
starts beside it; its watches are held; the request is delayed, late, refused, never
answered, or its answer is lost; the device does each thing that it can do wrong.
Each time all invariants are checked, and what every operator promises: it
comes to rest, one that starts anew finds nothing to do, the end is the same as
without the fault. With --depth 2 a second fault follows while the operator
recovers from the first. --worlds adds random worlds: devices, faults, people who
change their minds, controllers that come and go. Without a name, all scenarios
that come with edgesim are explored; or none if there are --worlds.

What breaks something is shrunk to a scenario of a few lines that replay plays and
that breaks the same; what comes to the same is one cause. Beside it stand the
nearest run that passes, where the two go apart, and the point of no return: the
request from which on the operator recovers neither by itself nor when it is
started again. All is printed, and written into a folder.

--runs and --budget play the most telling first, in equal shares for single faults,
pairs and random worlds, and say what they leave out. Ctrl-C ends it early, and
prints what is known. With a --journal, --resume goes on from there.

--shard 2/8 plays the third of eight parts, and "edgesim report" puts the journals of
all parts together. --shard /8 takes the part's number from JOB_COMPLETION_INDEX,
which a Pod of a Kubernetes Indexed Job has.`,
		Example: `  edgesim explore fails-then-recovers
  edgesim explore --runs 100 fails-then-recovers fails-permanently
  edgesim explore --out found fails-then-recovers
  edgesim explore --depth 2 --budget 5m --journal run.jsonl fails-then-recovers
  edgesim explore --worlds 1000 --seed 7
  edgesim explore --print-world 17 --seed 7`,
		ValidArgsFunction: completeNames,
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("print-world") {
				return printWorld(flags, c.OutOrStdout())
			}
			o, err := exploreOptions(args, flags)
			if err != nil {
				return err
			}
			return exploreAll(c.Context(), o, flags, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.IntVar(&flags.runs, "runs", 0, "play at most this `number` of runs, the most telling first; audits and repeats come on top (default all)")
	f.DurationVar(&flags.budget, "budget", 0, "begin runs for this `time`, such as 5m, the most telling first (default any)")
	f.StringSliceVar(&flags.faults, "faults", nil, "try only these `kinds` of fault, such as killed,lost (default all)")
	f.IntVar(&flags.depth, "depth", 1, "how many faults a run may have: `1 or 2`")
	f.BoolVar(&flags.first, "first", false, "end at the first violation")
	f.IntVar(&flags.worlds, "worlds", 0, "play this `number` of random worlds")
	f.BoolVar(&flags.noMerge, "no-merge", false, "play every kill, though some be the same")
	f.IntVar(&flags.audit, "audit", 12, "play this `number` of kills that are the same as others all the same, and compare")
	f.IntVar(&flags.repeat, "repeat", 6, "play this `number` of all runs twice, and compare")
	f.Uint64Var(&flags.seed, "seed", 1, "draw by this `number` which those are, and the random worlds")
	f.StringVar(&flags.shard, "shard", "", "play this `part`, such as 0/4, or /4 for the part JOB_COMPLETION_INDEX")
	f.StringVar(&flags.format, "format", formatText, "print `text`, json (the journal) or junit")
	f.StringVar(&flags.journal, "journal", "", "write what came of each run to this new `file`, a line of JSON for each")
	f.StringVar(&flags.resume, "resume", "", "go on with the journal in this `file`, and play what it doesn't have")
	f.IntVar(&flags.print, "print-world", 0, "print the random world of this `number`, and do nothing else")
	f.BoolVar(&flags.noShrink, "no-shrink", false, "leave what breaks something as it was found")
	f.StringVar(&flags.out, "out", "", "write what is found into this `folder` (default a new temporary one, if anything is found)")
	completeFormats(c)
	completeFlag(c, "faults", faultKinds()...)
	return c
}

// faultKinds are the words that --faults takes.
func faultKinds() (all []string) {
	for _, k := range explore.Kinds {
		all = append(all, string(k))
	}
	return all
}

// completeFormats completes --format.
func completeFormats(c *cobra.Command) {
	completeFlag(c, "format", formatText, formatJSON, formatJUnit)
}

// completeFlag completes the values of a flag.
func completeFlag(c *cobra.Command, flag string, values ...string) {
	if err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag: nothing that could be mended at run time
	}
}

// printWorld prints a random world as a scenario file.
func printWorld(flags exploreFlags, out io.Writer) error {
	if flags.print < 0 {
		return fmt.Errorf("--print-world %d: expected a number that is not negative", flags.print)
	}
	text, err := explore.Options{Grammar: edge.Grammar, Seed: flags.seed}.RandomWorld(flags.print)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, text)
	return err
}

// exploreOptions reads the command line. It reads all scenarios before any is played.
func exploreOptions(args []string, flags exploreFlags) (o explore.Options, err error) {
	for _, number := range []struct {
		flag  string
		value int
	}{{"runs", flags.runs}, {"audit", flags.audit}, {"repeat", flags.repeat}, {"worlds", flags.worlds}} {
		if number.value < 0 {
			return o, fmt.Errorf("--%s %d: expected a number that is not negative", number.flag, number.value)
		}
	}
	switch {
	case flags.budget < 0:
		return o, fmt.Errorf("--budget %v: expected a time that is not negative", flags.budget)
	case flags.depth != 1 && flags.depth != 2:
		return o, fmt.Errorf("--depth %d: expected 1 or 2", flags.depth)
	case flags.journal != "" && flags.resume != "":
		return o, errors.New("--journal and --resume: expected one of them")
	}
	if err := checkFormat(flags.format); err != nil {
		return o, err
	}
	o = explore.Options{
		Language: edge.Language, Grammar: edge.Grammar, External: edge.ExternalFaults, Words: edge.Words, Width: scenarios.Width(),
		Runs: flags.runs, Budget: flags.budget, Depth: flags.depth, Worlds: flags.worlds,
		NoMerge: flags.noMerge, Audit: flags.audit, Repeat: flags.repeat, First: flags.first, Seed: flags.seed, NoShrink: flags.noShrink,
	}
	for _, kind := range flags.faults {
		if !slices.Contains(explore.Kinds, explore.Kind(kind)) {
			return o, fmt.Errorf("--faults %s: expected some of %s", kind, strings.Join(faultKinds(), ", "))
		}
		o.Faults = append(o.Faults, explore.Kind(kind))
	}
	if flags.shard != "" {
		if o.Shard, err = explore.ParseShard(flags.shard, os.Getenv("JOB_COMPLETION_INDEX")); err != nil {
			return o, fmt.Errorf("--shard %s: %w", flags.shard, err)
		}
	}
	if len(args) == 0 && flags.worlds == 0 {
		args = scenarios.Names()
	}
	for _, arg := range args {
		f, err := scenarios.Load(arg)
		if err != nil {
			return o, failure(exitMisuse, err)
		}
		o.Files = append(o.Files, f)
	}
	return o, nil
}

// runsOfControlPlane is how many runs a control plane serves. Starting another takes as
// long as some 50 of them.
const runsOfControlPlane = 2500

// exploreAll explores, and prints what is known even if it is interrupted.
func exploreAll(ctx context.Context, o explore.Options, flags exploreFlags, out, stderr io.Writer) (err error) {
	file, known, err := openJournal(o.Header(), flags)
	if err != nil {
		return err
	}
	defer file.Close()
	session, closeSession, err := openSession(ctx, stderr)
	if err != nil {
		return err
	}
	defer closeSession(&err)
	session.RenewAfter = runsOfControlPlane
	o.Play = func(ctx context.Context, f *scenario.File, options scenario.Options) (scenario.Result, error) {
		return session.Run(ctx, f, options)
	}
	began := time.Now()
	o.Elapsed = func() time.Duration { return time.Since(began) }
	o.Known = known.Runs
	journal := explore.Journal{Header: o.Header(), Runs: known.Runs}
	lines := json.NewEncoder(out)
	if flags.format == formatJSON {
		if err := writeJournal(lines, journal); err != nil {
			return err
		}
	}
	o.Note = func(l explore.Line) error {
		journal.Keep(l)
		if flags.format == formatJSON {
			if err := lines.Encode(l); err != nil {
				return err
			}
		}
		return file.write(l)
	}
	var bar *progressBar
	if terminal := progress(stderr); terminal != nil {
		bar = &progressBar{out: terminal, elapsed: o.Elapsed}
		o.Progress, o.Shrinking = bar.draw, bar.shrinking
	}
	r, err := explore.Explore(ctx, o)
	bar.clear()
	if flags.format != formatJSON {
		if writeErr := writeReport(flags.format, r, journal, out); writeErr != nil {
			return writeErr
		}
	}
	if writeErr := writeFound(r, flags.out, stderr); writeErr != nil {
		return writeErr
	}
	fmt.Fprintf(stderr, "explored %s in %.0f s: %s violations\n", explored(r), time.Since(began).Seconds(), thousands(len(r.Violations)))
	if err != nil {
		return err
	}
	return found(r)
}

// explored says how much was explored.
func explored(r explore.Report) string {
	noun := "scenarios"
	if r.Scenarios == 1 {
		noun = "scenario"
	}
	text := fmt.Sprintf("%s runs of %s %s", thousands(r.Runs), thousands(r.Scenarios), noun)
	if r.Worlds > 0 {
		text += fmt.Sprintf(" and %s random worlds", thousands(r.Worlds))
	}
	return text
}

// found is the error for what a report has found.
func found(r explore.Report) error {
	switch {
	case len(r.Errors) > 0:
		return failure(exitFailed, fmt.Errorf("%d runs ended with an error of the testbed; the first is %s", len(r.Errors), r.Errors[0]))
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
