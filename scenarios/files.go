// Package scenarios holds the scenario files, and what it takes to play them
// on a real API server. "go test ./scenarios" holds each of them to the byte.
package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.com/edge-device-operator/harness/nearest"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios/edge"
)

//go:embed *.txt
var embedded embed.FS

// extension is what every scenario file's name ends with.
const extension = ".txt"

// Names lists the scenarios that come with the program, sorted.
func Names() []string {
	entries, err := embedded.ReadDir(".")
	if err != nil {
		panic(err) // the embedded folder can't go missing
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), extension))
	}
	return names
}

// Load reads and parses a scenario: a file, if there is one at that path; or
// one of the scenarios that come with the program, by its name, from the
// scenarios folder if the program runs beside it. The error is a
// *syntax.Error, or says what was looked for.
func Load(arg string) (*scenario.File, error) {
	path, text, err := read(arg)
	if err != nil {
		return nil, err
	}
	return edge.Language.Parse(path, text)
}

func read(arg string) (path, text string, err error) {
	name := strings.TrimSuffix(filepath.Base(arg), extension)
	for _, path := range []string{arg, arg + extension, filepath.Join("scenarios", name+extension)} {
		if filepath.Base(arg) != arg && path != arg && path != arg+extension {
			continue // somebody who names a folder means that folder
		}
		text, err := readFile(path)
		switch {
		case err == nil:
			return path, text, nil
		case !errors.Is(err, fs.ErrNotExist) && !isDirectory(path):
			return "", "", err
		}
	}
	if b, err := embedded.ReadFile(name + extension); err == nil && filepath.Base(arg) == arg {
		return name + extension, string(b), nil
	}
	return "", "", missing(arg)
}

// maxFile bounds a scenario file, in bytes: what is longer, or has no end, such as
// /dev/zero, is none.
const maxFile = 16 << 20

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s is no scenario: it has more than %d bytes", path, maxFile)
	}
	return string(text), err
}

// missing says what there is where there is no such scenario.
func missing(arg string) error {
	target, _ := os.Readlink(arg) // empty where it is no link
	switch folder := filepath.Dir(arg); {
	case arg == "":
		return errors.New("a scenario's name is empty")
	case target != "":
		return fmt.Errorf("%s is a link to %s, which isn't there", arg, target)
	case arg == "-":
		return errors.New("-: a scenario is a file, into which what happens can be written; standard input is /dev/stdin")
	case isDirectory(arg):
		there := filesIn(arg)
		if len(there) == 0 {
			return fmt.Errorf("%s is a folder, and has no scenario in it: none of its files ends in %s", arg, extension)
		}
		return fmt.Errorf("%s is a folder: name a file in it, such as %s", arg, filepath.Join(arg, there[0]))
	case !isDirectory(folder):
		return fmt.Errorf("there is no folder %q, and so no scenario %q", folder, arg)
	default:
		hint := ""
		if meant := meant(arg, folder); meant != "" {
			hint = fmt.Sprintf(" (did you mean %s?)", meant)
		}
		return fmt.Errorf("there is no file and no scenario %q%s; edgesim list shows those that there are", arg, hint)
	}
}

// meant is the scenario that somebody most likely meant: a file in the folder
// that they named, or else one of those that come with the program.
func meant(arg, folder string) string {
	if filepath.Base(arg) == arg {
		if name := nearest.To(strings.TrimSuffix(arg, extension), Names()); name != "" {
			return name
		}
	}
	if file := nearest.To(strings.TrimSuffix(filepath.Base(arg), extension)+extension, filesIn(folder)); file != "" {
		return filepath.Join(folder, file)
	}
	return ""
}

// filesIn are the names of the files in a folder that may be scenarios.
func filesIn(folder string) (names []string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // what can't be read holds nothing to be proposed
	}
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) == extension {
			names = append(names, e.Name())
		}
	}
	return names
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
