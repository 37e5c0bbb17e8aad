package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"example.com/edge-device-operator/harness/explore"
)

func reportCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "report FILE...",
		Short: "Put journals of explore together, and print what was found",
		Long: `report reads journals of "edgesim explore", written with --journal or by --format
json: one, or those of all parts of one exploration (--shard). It prints what explore
prints of the whole, and has its exit codes.`,
		Example: `  edgesim explore --shard 0/2 --journal 0.jsonl fails-then-recovers
  edgesim explore --shard 1/2 --journal 1.jsonl fails-then-recovers
  edgesim report 0.jsonl 1.jsonl`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			return report(args, format, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&format, "format", formatText, "print `text`, json (one journal) or junit")
	completeFormats(c)
	return c
}

func report(paths []string, format string, out, stderr io.Writer) error {
	var journals []explore.Journal
	for _, path := range paths {
		j, err := readJournal(path)
		if err != nil {
			return failure(exitMisuse, err)
		}
		if len(journals) > 0 {
			first := journals[0].Header
			differs := first.Differs(j.Header)
			if differs == "" && first.Shard.Of != j.Header.Shard.Of {
				differs = fmt.Sprintf("shards %s and %s", first.Shard, j.Header.Shard)
			}
			if differs != "" {
				return failure(exitMisuse, fmt.Errorf("%s and %s are not of one exploration: %s", paths[0], path, differs))
			}
		}
		journals = append(journals, j)
	}
	missing := missingShards(journals)
	for _, shard := range missing {
		fmt.Fprintf(stderr, "shard %s is missing\n", shard)
	}
	whole := explore.Join(journals...)
	r := explore.NewReport(whole)
	var err error
	if format == formatJSON {
		err = writeJournal(json.NewEncoder(out), whole)
	} else {
		err = writeReport(format, r, whole, out)
	}
	if err != nil {
		return err
	}
	if err := found(r); err != nil || len(missing) == 0 {
		return err
	}
	return failure(exitFailed, fmt.Errorf("nothing is broken in the others, but %d of %d shards are missing", len(missing), missing[0].Of))
}

// missingShards are the parts of which there is no journal.
func missingShards(journals []explore.Journal) (missing []explore.Shard) {
	of := journals[0].Header.Shard.Of
	for index := range of {
		shard := explore.Shard{Index: index, Of: of}
		if !slices.ContainsFunc(journals, func(j explore.Journal) bool { return j.Header.Shard == shard }) {
			missing = append(missing, shard)
		}
	}
	return missing
}

// writeReport writes a report in a format other than JSON.
func writeReport(format string, r explore.Report, j explore.Journal, out io.Writer) error {
	if format == formatJUnit {
		return writeJUnit(out, exploredSuite(j))
	}
	return r.WriteText(out)
}

// writeJournal writes a journal.
func writeJournal(lines *json.Encoder, j explore.Journal) error {
	for l := range j.Lines() {
		if err := lines.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

// exploredSuite has a case for each run.
func exploredSuite(j explore.Journal) junitSuite {
	suite := junitSuite{Name: "edgesim explore"}
	for _, r := range explore.Join(j).Runs {
		c := junitCase{Class: string(r.Stage), Name: inXML(r.String())}
		switch {
		case r.Error != "":
			c.Failure = &junitFailure{"nothing can be said of it", inXML(r.Error)}
		case r.Violation != nil:
			c.Failure = &junitFailure{inXML(r.Violation.Promise), inXML(r.Violation.Story + "\n\n" + r.Violation.File)}
		case r.Inapplicable != "":
			c.Skipped = &junitSkipped{inXML(r.Inapplicable)}
		case r.Unmet:
			c.Skipped = &junitSkipped{"the fault never came about"}
		}
		suite.add(c)
	}
	return suite
}
