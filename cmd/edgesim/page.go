package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"example.com/edge-device-operator/harness/timeline"
	"example.com/edge-device-operator/scenarios/edge"
)

// draw writes a run into the files that the flags name, and one that failed into a page in
// any case. It returns the run's failure, with where that page is.
func draw(s played, flags replayFlags) (failed, err error) {
	r := timeline.NewRun(s.file, s.res, s.err)
	if flags.seed != 0 {
		r.Name += fmt.Sprintf(", seed %d", flags.seed)
	}
	if err := writeTrace("perfetto", flags.perfetto, r, timeline.WritePerfetto); err != nil {
		return nil, err
	}
	if err := writeTrace("shiviz", flags.shiviz, r, timeline.WriteShiViz); err != nil {
		return nil, err
	}
	if flags.html == "" && (s.err == nil || len(s.res.Events) == 0) {
		return s.err, nil
	}
	path, err := writePage(flags.html, r)
	switch {
	case err != nil:
		return nil, errors.Join(s.err, err)
	case s.err == nil:
		return nil, nil
	}
	return fmt.Errorf("%w\n  look at it: %s", s.err, path), nil
}

// checkDrawings checks, before anything is played, that the files can be written which the
// flags name, and that none is the scenario.
func checkDrawings(flags replayFlags, scenario string) error {
	own, ownErr := os.Stat(scenario) // there is none of one that comes with edgesim
	var before []os.FileInfo
	for _, drawing := range []struct{ flag, path string }{{"html", flags.html}, {"perfetto", flags.perfetto}, {"shiviz", flags.shiviz}} {
		if drawing.path == "" {
			continue
		}
		if there, err := os.Stat(drawing.path); ownErr == nil && err == nil && os.SameFile(own, there) {
			return failure(exitMisuse, fmt.Errorf("--%s: that is the scenario", drawing.flag))
		}
		f, err := os.OpenFile(drawing.path, os.O_CREATE|os.O_WRONLY, 0o666)
		if err != nil {
			return failure(exitOutput, fmt.Errorf("--%s: %w", drawing.flag, err))
		}
		info, err := f.Stat()
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return failure(exitOutput, fmt.Errorf("--%s: %w", drawing.flag, err))
		}
		// A device such as /dev/null may take all of them.
		if info.Mode().IsRegular() && slices.ContainsFunc(before, func(other os.FileInfo) bool { return os.SameFile(info, other) }) {
			return failure(exitMisuse, fmt.Errorf("--%s %s: another drawing goes into that file", drawing.flag, drawing.path))
		}
		before = append(before, info)
	}
	return nil
}

// writePage writes the page of a run into a file, a new temporary one if there is no path.
func writePage(path string, r timeline.Run) (written string, err error) {
	if written, err = timeline.WriteFile(path, r, edge.Words); err != nil {
		return "", failure(exitOutput, fmt.Errorf("--html: %w", err))
	}
	return written, nil
}

// writeTrace writes a run into the file that a flag names, if it names one.
func writeTrace(flag, path string, r timeline.Run, write func(io.Writer, timeline.Run, timeline.Words) error) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err == nil {
		err = write(f, r, edge.Words)
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		return failure(exitOutput, fmt.Errorf("--%s: %w", flag, err))
	}
	return nil
}
