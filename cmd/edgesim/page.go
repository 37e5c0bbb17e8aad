package main

import (
	"fmt"
	"os"
	"path/filepath"

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
	f, err := os.Create(path)
	if err != nil {
		return "", failure(exitOutput, fmt.Errorf("--html: %w", err))
	}
	r := timeline.Run{
		Name: s.file.Name(), Title: s.file.Title, Script: s.file.Text(),
		Events: s.res.Events, Lines: s.res.Lines, Virtual: s.res.Virtual,
	}
	if s.err != nil {
		r.Failure = s.err.Error()
	}
	err = timeline.Write(f, r, timeline.Words{Narrator: edge.Narrate, State: edge.Phase})
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", failure(exitOutput, fmt.Errorf("--html: %w", err))
	}
	return path, nil
}
