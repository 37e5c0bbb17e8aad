package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

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
			if screen := terminal(stderr); screen != nil {
				fmt.Fprint(screen, "playing it …")
				defer fmt.Fprint(screen, "\r\x1b[K")
			}
			return session.Run(ctx, f, scenario.Options{FullTrace: true, World: world.Options{Workers: flags.workers, Seed: flags.seed, Stored: true}})
		},
	})
	if err != nil {
		return failure(exitFailed, err)
	}
	shell := &debugger.Shell{Debugger: d, Out: out}
	prompt, err := newPrompt(shell, in, out)
	if err != nil {
		return failure(exitOutput, err)
	}
	defer func() {
		prompt.close()
		if endErr := shell.End(); err == nil {
			err = failure(exitOutput, endErr)
		}
	}()
	shell.Begin()
	if err := typed(ctx, shell, prompt); err != nil || !prompt.insists() || d.Failure() == nil {
		return err
	}
	code := exitFailed
	if scenario.IsUnended(d.Failure()) {
		code = exitUnended
	}
	return failure(code, errors.New("the run fails"))
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
	if err != nil {
		return "", err
	}
	command, needsText := shell.NeedsText(line)
	if !needsText {
		return line, nil
	}
	name := strings.TrimSpace(command)
	for {
		more, err := readLine(ctx, from, "| ")
		switch {
		case errors.Is(err, io.EOF):
			return "", failure(exitMisuse, fmt.Errorf("%q: expected an empty line, which ends the text under it", name))
		case err != nil:
			return "", err
		case strings.TrimSpace(more) == "":
			return command, nil
		}
		command += "\n| " + strings.TrimPrefix(more, "| ")
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
