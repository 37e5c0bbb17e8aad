package main

import (
	"fmt"
	"os"
	"path/filepath"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/timeline"
	"example.com/edge-device-operator/scenarios/edge"
)

// drawn adds to a failure where the page is that draws it.
func drawn(err error, path string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w\n  look at it: %s", err, path)
}

// writePage writes the page of a run into a file. Without a path, that is a new temporary
// one.
func writePage(path string, s played) (written string, err error) {
	if path == "" {
		folder, err := os.MkdirTemp("", "edgesim-replay-")
		if err != nil {
			return "", failure(exitOutput, err)
		}
		path = filepath.Join(folder, s.file.Name()+".html")
	}
	return path, writeHTML(path, pageOf(s.file, s.res, s.err))
}

// pageOf is what a page shows of a run.
func pageOf(f *scenario.File, res scenario.Result, err error) timeline.Run {
	r := timeline.Run{Name: f.Name(), Title: f.Title, Script: f.Text(), Events: res.Events, Lines: res.Lines, Virtual: res.Virtual}
	if err != nil {
		r.Failure = err.Error()
	}
	return r
}

// writeHTML writes a page into a file.
func writeHTML(path string, r timeline.Run) error {
	f, err := os.Create(path)
	if err == nil {
		err = timeline.Write(f, r, edge.Words)
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		return failure(exitOutput, fmt.Errorf("--html: %w", err))
	}
	return nil
}
