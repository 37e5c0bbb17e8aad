package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"example.com/edge-device-operator/harness/explore"
)

// journalFile is the journal of an exploration. A nil one keeps nothing.
type journalFile struct {
	*os.File
	lines *json.Encoder
}

// openJournal begins the journal that the flags name, or reads the one to go on with,
// and what that has.
func openJournal(h explore.Header, flags exploreFlags) (j *journalFile, known explore.Journal, err error) {
	switch {
	case flags.resume != "":
		j, known, err = resumeJournal(flags.resume, h)
	case flags.journal != "":
		j, err = newJournal(flags.journal, h)
	}
	return j, known, err
}

func newJournal(path string, h explore.Header) (*journalFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, failure(exitMisuse, fmt.Errorf("--journal %s: it is there already; --resume goes on with it", path))
	case err != nil:
		return nil, failure(exitOutput, fmt.Errorf("--journal: %w", err))
	}
	j := &journalFile{f, json.NewEncoder(f)}
	return j, j.write(explore.Line{Header: &h})
}

func resumeJournal(path string, h explore.Header) (*journalFile, explore.Journal, error) {
	known, err := readJournal(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, known, failure(exitMisuse, fmt.Errorf("--resume %s: there is no such file; --journal begins one", path))
	case err != nil:
		return nil, known, failure(exitMisuse, fmt.Errorf("--resume: %w", err))
	}
	differs := h.Differs(known.Header)
	if differs == "" && h.Shard != known.Header.Shard {
		differs = fmt.Sprintf("shard %s and %s", h.Shard, known.Header.Shard)
	}
	if differs != "" {
		return nil, known, failure(exitMisuse, fmt.Errorf("--resume %s: it is the journal of something else: %s", path, differs))
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		err = f.Truncate(known.Length) // after it, its writer was cut short
	}
	if err != nil {
		return nil, known, failure(exitOutput, fmt.Errorf("--resume: %w", err))
	}
	return &journalFile{f, json.NewEncoder(f)}, known, nil
}

// readJournal reads a journal.
func readJournal(path string) (explore.Journal, error) {
	f, err := os.Open(path)
	if err != nil {
		return explore.Journal{}, err
	}
	defer f.Close()
	j, err := explore.ReadJournal(f)
	if err != nil {
		return j, fmt.Errorf("%s: %w", path, err)
	}
	return j, nil
}

func (j *journalFile) write(l explore.Line) error {
	if j == nil {
		return nil
	}
	return failure(exitOutput, j.lines.Encode(l))
}

// Close closes the file.
func (j *journalFile) Close() error {
	if j == nil {
		return nil
	}
	return j.File.Close()
}
