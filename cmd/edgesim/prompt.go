package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"example.com/edge-device-operator/harness/debugger"
)

// prompt reads a line after a prompt. The error is io.EOF at the end.
type prompt interface {
	read(prompt string) (string, error)
	// insists says that a mistake is an error, since nobody is there to mend it.
	insists() bool
	close()
}

// newPrompt returns a prompt with history and completion on a terminal, else one that echoes
// what it reads.
func newPrompt(shell *debugger.Shell, in io.Reader, out io.Writer) (prompt, error) {
	file, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || terminal(out) == nil {
		return &piped{bufio.NewReader(in), out}, nil
	}
	c := &console{keys: &keys{Reader: in}, file: file, out: out}
	c.Terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{c.keys, out}, "")
	var err error
	if c.state, err = term.GetState(int(file.Fd())); err != nil {
		return nil, err
	}
	c.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) { return complete(shell, line, pos, key) }
	if os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		shell.Emphasize = func(line string) string { return string(c.Escape.Red) + line + string(c.Escape.Reset) }
	}
	return c, nil
}

// console is a prompt on a terminal, which is raw only while a line is read: Ctrl-C reaches
// what is played.
type console struct {
	*term.Terminal
	keys  *keys
	file  *os.File
	out   io.Writer
	state *term.State // as it was
}

// errCtrlC says that Ctrl-C was typed.
var errCtrlC = failure(exitInterrupted, errors.New("interrupted"))

func (c *console) read(prompt string) (string, error) {
	if _, err := term.MakeRaw(int(c.file.Fd())); err != nil {
		return "", err
	}
	defer c.close()
	if width, height, err := term.GetSize(int(c.file.Fd())); err == nil && width > 0 {
		if err := c.SetSize(width, height); err != nil {
			return "", err
		}
	}
	c.SetPrompt(prompt)
	line, err := c.ReadLine()
	switch {
	case errors.Is(err, term.ErrPasteIndicator):
		return line, nil // it was pasted, and is a line like any other
	case err != nil && c.keys.ctrlC:
		err = errCtrlC
		fallthrough
	case err != nil:
		fmt.Fprint(c.out, "\r\n")
	}
	return line, err
}

func (*console) insists() bool { return false }

// close leaves the terminal as it was.
func (c *console) close() {
	if err := term.Restore(int(c.file.Fd()), c.state); err != nil {
		fmt.Fprintln(os.Stderr, "edgesim: the terminal stays as it is:", err)
	}
}

// keys are those that are typed. A terminal says the same of Ctrl-C as of Ctrl-D.
type keys struct {
	io.Reader
	ctrlC bool
}

func (k *keys) Read(p []byte) (n int, err error) {
	n, err = k.Reader.Read(p)
	k.ctrlC = k.ctrlC || bytes.IndexByte(p[:n], 3) >= 0
	return n, err
}

// piped is a prompt whose lines come from a file or a pipe.
type piped struct {
	lines *bufio.Reader
	out   io.Writer
}

func (p *piped) read(prompt string) (string, error) {
	line, err := p.lines.ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	fmt.Fprintf(p.out, "%s%s\n", prompt, line)
	return line, nil
}

func (*piped) insists() bool { return true }
func (*piped) close()        {}

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
