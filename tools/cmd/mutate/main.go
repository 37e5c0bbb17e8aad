// Mutate makes every mutation of some packages, compiled into one program: see package
// mutate. It writes what go build -overlay takes, and a list of the mutations in JSON.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"example.com/edge-device-operator/tools/mutate"
)

func main() {
	root := flag.String("root", ".", "the `folder` of the module")
	out := flag.String("out", "", "the `folder` for overlay.json and mutations.json")
	variable := flag.String("variable", "MUTANT", "the environment `variable` that chooses a mutation by its number")
	leave := flag.String("leave", "", "leave out the statements that begin with this `text`, such as those that only log")
	flag.Parse()
	if *out == "" || flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "use: mutate -out FOLDER [-root FOLDER] PACKAGE…")
		os.Exit(2)
	}
	if err := run(*out, mutate.Options{Folder: *root, Variable: *variable, Leave: *leave}, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(out string, o mutate.Options, packages []string) error {
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	r, err := mutate.Mutate(o, packages...)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if _, err := r.WriteOverlay(out); err != nil {
		return err
	}
	b, err := json.MarshalIndent(r.Mutations, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "mutations.json"), append(b, '\n'), 0o644)
}
