// Package scenarios holds the scenario files, and what it takes to play them
// on a real API server. "go test ./scenarios" holds each of them to the byte.
package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.com/edge-device-operator/harness/scenario"
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
// *scenario.ParseError, or says what was looked for.
func Load(arg string) (*scenario.File, error) {
	path, text, err := read(arg)
	if err != nil {
		return nil, err
	}
	return scenario.Parse(path, text)
}

func read(arg string) (path, text string, err error) {
	name := strings.TrimSuffix(filepath.Base(arg), extension)
	for _, path := range []string{arg, arg + extension, filepath.Join("scenarios", name+extension)} {
		if filepath.Base(arg) != arg && path != arg && path != arg+extension {
			continue // somebody who names a folder means that folder
		}
		b, err := os.ReadFile(path)
		switch {
		case err == nil:
			return path, string(b), nil
		case !errors.Is(err, fs.ErrNotExist) && !isDirectory(path):
			return "", "", err
		}
	}
	if b, err := embedded.ReadFile(name + extension); err == nil && filepath.Base(arg) == arg {
		return name + extension, string(b), nil
	}
	hint := ""
	if meant := scenario.Nearest(arg, Names()); meant != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", meant)
	}
	return "", "", fmt.Errorf("there is no file and no scenario %q%s; edgesim list shows those that there are", arg, hint)
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
