// Package scenarios holds the scenario files, and plays them on a real API server. "go
// test ./scenarios" compares each with its golden trace, byte by byte.
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

// extension ends the name of every scenario file.
const extension = ".txt"

// Names lists the embedded scenarios, sorted.
func Names() []string {
	entries, err := embedded.ReadDir(".")
	if err != nil {
		panic(err) // the embedded folder always exists
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), extension))
	}
	return names
}

// Load reads and parses a scenario: the file at a path, or else the scenario with a
// name, from the scenarios folder if the program runs next to it, or embedded. The
// error is a *syntax.Error, or says where Load looked.
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
			continue // a folder was named explicitly
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

// maxFile bounds a scenario file, in bytes. It keeps endless files such as /dev/zero
// out.
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

// missing returns an error that says what is at a path instead of a scenario.
func missing(arg string) error {
	target, _ := os.Readlink(arg) // empty if it is not a link
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

// meant returns the scenario that was most likely meant: a file in the folder that was
// named, or else an embedded one.
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

// filesIn returns the names of the files in a folder that may be scenarios.
func filesIn(folder string) (names []string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // a folder that can't be read contains no candidates
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
