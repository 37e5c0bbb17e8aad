package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"example.com/edge-device-operator/harness/debugger"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/edge"
)

// step has somebody step through a scenario by typing words.
func step(ctx context.Context, arg string, flags replayFlags, in io.Reader, out, stderr io.Writer) (err error) {
	f, err := scenarios.Load(arg)
	if err != nil {
		return failure(exitMisuse, err)
	}
	session, closeSession, err := openSession(ctx, stderr)
	if err != nil {
		return err
	}
	defer closeSession(&err)
	d, err := debugger.New(ctx, f, debugger.Options{
		Language: edge.Language, Narrator: edge.Narrate,
		Play: func(ctx context.Context, f *scenario.File) (scenario.Result, error) {
			return session.Run(ctx, f, scenario.Options{FullTrace: true, World: world.Options{Workers: flags.workers, Seed: flags.seed, Stored: true}})
		},
	})
	if err != nil {
		return failure(exitFailed, err)
	}
	shell := &debugger.Shell{Debugger: d, Out: out}
	prompt, restore, err := newPrompt(shell, in, out)
	if err != nil {
		return failure(exitOutput, err)
	}
	defer func() {
		restore()
		shell.Out = out
		if endErr := shell.End(); err == nil {
			err = failure(exitOutput, endErr)
		}
	}()
	shell.Begin()
	return typed(ctx, shell, prompt)
}

// checkStep refuses what makes no sense with --step.
func checkStep(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("--step: one goes through one scenario, and there are %d", len(args))
	}
	for _, other := range []string{"rewrite", "verbose", "format", "html", "perfetto", "shiviz"} {
		if c.Flags().Changed(other) {
			return fmt.Errorf("--step and --%s: expected only one of them", other)
		}
	}
	return nil
}

// prompt reads a line after a prompt. The error is io.EOF at the end.
type prompt interface {
	read(prompt string) (string, error)
	// insists says that a mistake is an error, since nobody is there to mend it.
	insists() bool
}

// typed does what lines say until there are no more.
func typed(ctx context.Context, shell *debugger.Shell, from prompt) error {
	for {
		line, err := readCommand(ctx, shell, from)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		err = shell.Do(ctx, line)
		switch {
		case errors.Is(err, debugger.ErrQuit):
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && from.insists():
			return failure(exitMisuse, err)
		case err != nil:
			fmt.Fprintln(shell.Out, err)
		}
	}
}

// readCommand reads a line, and what stands under it.
func readCommand(ctx context.Context, shell *debugger.Shell, from prompt) (string, error) {
	line, err := readLine(ctx, from, shell.Prompt())
	if err != nil || !shell.NeedsText(line) {
		return line, err
	}
	for {
		more, err := readLine(ctx, from, "| ")
		if err != nil {
			return "", err
		}
		if strings.TrimSpace(more) == "" {
			return line, nil
		}
		line += "\n| " + strings.TrimPrefix(more, "| ")
	}
}

// readLine reads a line, unless the context ends first. What reads goes on then, to the end
// of the process: nothing ends a read of a terminal.
func readLine(ctx context.Context, from prompt, prompt string) (string, error) {
	type read struct {
		line string
		err  error
	}
	done := make(chan read, 1)
	go func() {
		line, err := from.read(prompt)
		done <- read{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// newPrompt returns a prompt with history and completion on a terminal, to which the shell
// writes then, else one that echoes what it reads.
func newPrompt(shell *debugger.Shell, in io.Reader, out io.Writer) (p prompt, restore func(), err error) {
	file, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || terminal(out) == nil {
		return &piped{bufio.NewScanner(in), out}, func() {}, nil
	}
	state, err := term.MakeRaw(int(file.Fd()))
	if err != nil {
		return nil, nil, err
	}
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, "")
	if width, height, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		t.SetSize(width, height) //nolint:errcheck // nothing is drawn yet
	}
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) { return complete(shell, line, pos, key) }
	shell.Out = t
	if os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		shell.Emphasize = func(line string) string {
			return string(t.Escape.Red) + line + string(t.Escape.Reset)
		}
	}
	return console{t}, func() { term.Restore(int(file.Fd()), state) }, nil //nolint:errcheck // the process ends
}

// console is a prompt on a terminal.
type console struct{ *term.Terminal }

func (c console) read(prompt string) (string, error) {
	c.SetPrompt(prompt)
	return c.ReadLine()
}

func (console) insists() bool { return false }

// piped is a prompt whose lines come from a file or a pipe.
type piped struct {
	lines *bufio.Scanner
	out   io.Writer
}

func (p *piped) read(prompt string) (string, error) {
	if !p.lines.Scan() {
		if err := p.lines.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	}
	fmt.Fprintf(p.out, "%s%s\n", prompt, p.lines.Text())
	return p.lines.Text(), nil
}

func (*piped) insists() bool { return true }

// complete completes the word before the cursor: of the shell, or the name of an object.
func complete(shell *debugger.Shell, line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	before, after := line[:pos], line[pos:]
	from, candidates := strings.LastIndex(before, " ")+1, shell.Words()
	if from > 0 {
		candidates = shell.Names()
	}
	var common string
	for _, c := range candidates {
		if !strings.HasPrefix(c, before[from:]) {
			continue
		}
		if common == "" {
			common = c + " "
		}
		for !strings.HasPrefix(c+" ", common) {
			common = common[:len(common)-1]
		}
	}
	if common == "" {
		return "", 0, false
	}
	completed := before[:from] + common
	return completed + after, len(completed), true
}
