package debugger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"example.com/edge-device-operator/harness/nearest"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
)

// Shell has somebody step through a run by typing words.
type Shell struct {
	*Debugger
	// Out is where answers go.
	Out io.Writer
	// Emphasize marks a line that says what goes wrong, such as a kill; nil leaves it as it
	// is.
	Emphasize func(string) string

	saved   string // the file that was saved last
	changes int    // how many changes it has
}

// word is a word that the shell knows.
type word struct {
	name, short, arguments, says string
	do                           func(*Shell, context.Context, string) error
}

// words are those that the shell knows, beside the commands of scenarios.
var words []word

func init() { // help lists the words
	words = []word{
		{"next", "n", "[N]", "go on by one step, or N; so does an empty line", (*Shell).next},
		{"back", "b", "[N]", "go back by one step, or N", (*Shell).back},
		{"to", "t", "12s | NAME#N | TEXT | start | end", "go to a time or a request, or on to a line that has this text", (*Shell).to},
		{"show", "s", "[NAME]", "show the objects of this moment, or those with this name", (*Shell).show},
		{"truth", "", "", "show what the external systems really are at the end of this instant, whatever they answer", (*Shell).truth},
		{"list", "l", "", "show the scenario, and where in it this moment is", (*Shell).list},
		{"kill", "k", "[N] [10s]", "kill the controller, or the N-th, right after the request that this step is, or else at the end of this instant; another starts at once, or after some time", (*Shell).kill},
		{"cut", "", "[N]", "cut the controller, or the N-th, off from the API server, as api down does; api up ends it", (*Shell).cutOff},
		{"undo", "u", "", "take the last change back", (*Shell).takeBack},
		{"save", "", "FILE", "save the scenario with all changes", (*Shell).save},
		{"help", "h", "", "show this", (*Shell).help},
		{"quit", "q", "", "end; what is not saved is saved then", nil},
	}
}

// ErrQuit says that it is to end.
var ErrQuit = errors.New("debugger: quit")

// Words are the words that the shell knows, for completion.
func (s *Shell) Words() (all []string) {
	for _, w := range words {
		all = append(all, w.name)
	}
	return append(all, s.options.Language.Names()...)
}

// Prompt is what stands before what is typed: the time.
func (s *Shell) Prompt() string { return fmt.Sprintf("(%v) ", s.Now()) }

// NeedsText says whether text has to stand under a line: its command has to have some, or
// the line ends with a |. It returns the line without that.
func (s *Shell) NeedsText(line string) (command string, needs bool) {
	fields := strings.Fields(line)
	if len(fields) == 0 || find(fields[0]) != nil {
		return line, false
	}
	if command, bar := strings.CutSuffix(strings.TrimRight(line, " \t"), "|"); bar {
		return command, true
	}
	return line, s.options.Language.NeedsText(fields[0])
}

// Begin says where one is.
func (s *Shell) Begin() {
	fmt.Fprintf(s.Out, "%s\n", s.file.Title)
	if s.failure != nil {
		fmt.Fprintf(s.Out, "This run fails: %s\n", firstLine(s.failure))
	}
	fmt.Fprintf(s.Out, "%d steps, %v. Type next, to 12s, show, kill, help, quit, or any command of a scenario.\n", len(s.steps), s.result.Virtual)
}

// Do does what a line says. The error is ErrQuit, or says what is wrong with the line, and
// nothing has changed then.
func (s *Shell) Do(ctx context.Context, line string) error {
	line = strings.TrimSpace(line)
	if line == "" {
		line = "next"
	}
	first := strings.Fields(line)[0]
	rest := strings.TrimSpace(strings.TrimPrefix(line, first))
	w := find(first)
	switch {
	case w == nil:
		return s.command(ctx, first, line)
	case first == "kill" && strings.HasPrefix(rest, "controller"), first == "kill" && (rest == "etcd" || rest == "apiserver"):
		return s.command(ctx, first, line) // as a file says it
	case w.arguments == "" && rest != "":
		return fmt.Errorf("%q: expected nothing after %s", rest, w.name)
	case w.do == nil:
		return ErrQuit
	}
	return w.do(s, ctx, rest)
}

func firstLine(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

// find returns the word with a name, nil if there is none.
func find(name string) *word {
	if name == "exit" {
		name = "quit"
	}
	n := slices.IndexFunc(words, func(w word) bool { return w.name == name || w.short != "" && w.short == name })
	if n < 0 {
		return nil
	}
	return &words[n]
}

// command puts a command of a scenario in.
func (s *Shell) command(ctx context.Context, first, line string) error {
	if s.options.Language.IsTop(first) {
		return fmt.Errorf("%q: that stands at the top of a file, and can't come later", first)
	}
	known := s.Words()
	if slices.Contains(known, first) {
		return s.changed(s.Insert(ctx, line))
	}
	guess := ""
	if meant := nearest.To(first, known); meant != "" {
		guess = "; did you mean " + meant + "?"
	}
	return fmt.Errorf("%q: expected a word that help lists, or a command of a scenario%s", first, guess)
}

// changed tells what a change has come to.
func (s *Shell) changed(err error) error {
	var mistake *syntax.Error
	switch {
	case errors.As(err, &mistake):
		return fmt.Errorf("%q: expected %s", mistake.Word, mistake.Expected)
	case errors.Is(err, ErrComesEarlier):
		fmt.Fprintln(s.Out, err)
		s.tellHere()
		return nil
	case err != nil:
		return err
	}
	before := s.undo[len(s.undo)-1]
	told := false // how the run ends
	if same := s.sameAs(before.steps); same < len(s.steps) && s.steps[same].time() == s.Now() {
		if same > s.at {
			fmt.Fprintf(s.Out, "First comes what else is due at %v.\n", s.Now())
		}
		from := s.at
		s.moveTo(same + 1)
		s.tell(from, s.at, false)
		told = s.AtEnd()
	} else {
		for _, n := range s.added {
			fmt.Fprintf(s.Out, "%4d  %s\n", n, s.textOf(n))
		}
	}
	switch {
	case s.failure != nil && before.failure == nil && !told:
		fmt.Fprintf(s.Out, "Now the run fails: %s\n", firstLine(s.failure))
	case s.failure == nil && before.failure != nil:
		fmt.Fprintln(s.Out, "Now the run holds.")
	}
	return nil
}

func (s *Shell) next(_ context.Context, rest string) error {
	n, err := number(rest)
	if err != nil {
		return err
	}
	s.travel(func() { s.Move(n) })
	return nil
}

func (s *Shell) back(_ context.Context, rest string) error {
	n, err := number(rest)
	if err != nil {
		return err
	}
	s.Move(-n)
	s.tellHere()
	return nil
}

// number reads how many steps, one if nothing says.
func number(text string) (int, error) {
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q: expected a number of steps from 1", text)
	}
	return n, nil
}

// travel moves, and tells what was on the way.
func (s *Shell) travel(move func()) {
	from := s.at
	move()
	if s.at < from || s.at == 0 {
		s.tellHere()
	} else {
		s.tell(from, s.at, true)
	}
}

// tellHere tells the last step.
func (s *Shell) tellHere() {
	if s.at == 0 {
		fmt.Fprintln(s.Out, "This is the beginning.")
		return
	}
	s.tell(s.at-1, s.at, false)
}

func (s *Shell) to(_ context.Context, rest string) error {
	at, timeErr := time.ParseDuration(rest)
	_, op, isRequest := scenario.RequestIn(rest)
	switch {
	case rest == "":
		return errors.New("to: expected a time such as 12s, a request such as web#3, some text, start or end after it")
	case rest == "start":
		s.travel(func() { s.Move(-s.at) })
		return nil
	case rest == "end":
		s.travel(s.ToEnd)
		return nil
	case timeErr == nil:
		var err error
		s.travel(func() { err = s.ToTime(at) })
		return err
	}
	if _, err := strconv.Atoi(rest); err == nil {
		return fmt.Errorf("%q: expected a time with its unit, such as %ss", rest, rest)
	}
	holds, from := func(l trace.Line) bool { return strings.Contains(l.Text, rest) }, s.at
	if isRequest {
		from = 0 // there is only one
		holds = func(l trace.Line) bool {
			return slices.ContainsFunc(l.Events, func(e trace.Event) bool { return e.IsRequest() && e.Subject == op.Object && e.Number == op.Number })
		}
	}
	found := false
	s.travel(func() { found = s.To(from, holds) })
	switch {
	case found:
		return nil
	case isRequest:
		return fmt.Errorf("no step is %s", rest)
	}
	return fmt.Errorf("nothing ahead has %q; to start goes back", rest)
}

// most is how many steps are told at a time.
const most = 20

// tell tells the steps from one to another, each with the commands that begin before it,
// those behind the last step too if wanted, and how the run ends if it does.
func (s *Shell) tell(from, to int, behind bool) {
	told := -1 // the last command
	if from > 0 {
		told = s.steps[from-1].command
	}
	if to-from > most {
		fmt.Fprintf(s.Out, "… %d steps\n", to-from-most)
		from = to - most
		told = s.steps[from-1].command
	}
	for _, step := range s.steps[from:to] {
		s.tellCommands(told+1, step.command+1)
		told = max(told, step.command)
		text := "      " + step.Text
		if s.Emphasize != nil && wrong(step.Events[0]) {
			text = s.Emphasize(text)
		}
		fmt.Fprintln(s.Out, text)
	}
	if !s.AtEnd() {
		return
	}
	if behind {
		s.tellCommands(told+1, len(s.result.Ran))
	}
	if s.failure != nil {
		fmt.Fprintf(s.Out, "That is the end: the run fails.\n%v\n", s.failure)
		return
	}
	fmt.Fprintf(s.Out, "That is the end, at %v.\n", s.Now())
}

// wrong says whether an event is what a script breaks, or what it breaks thereby.
func wrong(e trace.Event) bool { return e.Kind.Breaks() || e.Result.Lost || e.Result.Injected }

// tellCommands tells the commands from one to another, among those that have been run.
func (s *Shell) tellCommands(from, to int) {
	for _, ran := range s.result.Ran[min(from, to):to] {
		fmt.Fprintf(s.Out, "%4d  %s\n", ran.Line, s.textOf(ran.Line))
	}
}

// textOf is the text of the command on a line.
func (s *Shell) textOf(line int) string {
	for _, b := range s.tree.Blocks {
		if at := placeOf(b, line); at >= 0 {
			return b.Lines[at].Text
		}
	}
	return ""
}

func (s *Shell) show(_ context.Context, rest string) error {
	shown := false
	for _, o := range s.Objects() {
		if rest == "" {
			fmt.Fprintln(s.Out, o)
		} else if o.Name == rest || o.String() == rest {
			text, err := json.Marshal(o.Stored)
			if err == nil {
				text, err = yaml.JSONToYAML(text)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(s.Out, "# %s\n%s", o, text)
		} else {
			continue
		}
		shown = true
	}
	switch {
	case shown:
		return nil
	case rest != "":
		return fmt.Errorf("there is no object %q at this moment; show lists those that there are", rest)
	}
	fmt.Fprintln(s.Out, "There is no object yet.")
	return nil
}

func (s *Shell) truth(ctx context.Context, _ string) error {
	lines, err := s.States(ctx)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		lines = []string{"There is no external system that says what it is."}
	}
	if s.InInstant() {
		fmt.Fprintf(s.Out, "At the end of %v:\n", s.Now())
	}
	fmt.Fprintln(s.Out, strings.Join(lines, "\n"))
	return nil
}

func (s *Shell) list(context.Context, string) error {
	current := s.here().line
	for n, line := range strings.Split(strings.TrimSuffix(s.tree.String(), "\n"), "\n") {
		mark := " "
		if n+1 == current {
			mark = ">"
		}
		fmt.Fprintf(s.Out, "%s%3d  %s\n", mark, n+1, line)
	}
	return nil
}

func (s *Shell) kill(ctx context.Context, rest string) error {
	var (
		controller int
		restart    time.Duration
	)
	for n, argument := range strings.Fields(rest) {
		number, err := strconv.Atoi(argument)
		if err == nil && n == 0 && number > 0 {
			controller = number
			continue
		}
		if restart, err = time.ParseDuration(argument); err != nil || restart < 0 || n > 1 {
			return fmt.Errorf("%q: expected the number of a controller, a time such as 10s, or both", argument)
		}
	}
	return s.changed(s.Kill(ctx, controller, restart))
}

func (s *Shell) cutOff(ctx context.Context, rest string) error {
	if rest == "" {
		return s.changed(s.Insert(ctx, "api down"))
	}
	if n, err := strconv.Atoi(rest); err != nil || n < 1 {
		return fmt.Errorf("%q: expected the number of a controller", rest)
	}
	return s.changed(s.Insert(ctx, "api down controller="+rest))
}

func (s *Shell) takeBack(context.Context, string) error {
	if !s.Undo() {
		return errors.New("nothing was changed")
	}
	s.tellHere()
	return nil
}

func (s *Shell) save(_ context.Context, path string) error {
	if len(strings.Fields(path)) != 1 {
		return fmt.Errorf("%q: expected a file, without blanks in its name", path)
	}
	if _, err := os.Stat(path); err == nil && path != s.saved {
		return fmt.Errorf("%s is there already: name another file", path)
	}
	if err := os.WriteFile(path, []byte(s.Text()), 0o666); err != nil {
		return err
	}
	s.saved, s.changes = path, len(s.undo)
	fmt.Fprintf(s.Out, "replay it: edgesim replay %s\n", path)
	return nil
}

// End saves what is not saved yet, into a new temporary file.
func (s *Shell) End() error {
	if !s.Changed() || s.saved != "" && s.changes == len(s.undo) {
		return nil
	}
	f, err := os.CreateTemp("", strings.TrimSuffix(s.name, ".txt")+"-*.txt")
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteString(s.Text()); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "what you did: %s\n", f.Name())
	return f.Close()
}

func (s *Shell) help(context.Context, string) error {
	for _, w := range words {
		name := w.name
		if w.short != "" {
			name += ", " + w.short
		}
		fmt.Fprintf(s.Out, "  %-8s %-35s %s\n", name, w.arguments, w.says)
	}
	fmt.Fprintln(s.Out, `Everything else is a command of a scenario, and comes at the end of this instant. Text
under one is typed without the | and ends with an empty line; where it may be left out,
a | at the end of the command's line says that it follows.`)
	for _, usage := range s.options.Language.UsageAnywhere() {
		fmt.Fprintln(s.Out, "  "+usage)
	}
	return nil
}
