package scenario

import (
	"context"
	"sort"
	"strings"

	"example.com/edge-device-operator/harness/nearest"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// Command is something that a scenario can say.
type Command struct {
	// Name is the first word of its line.
	Name string
	// Usage is the line, as a reader is told of it.
	Usage string
	// Top says that it is about the world as a whole: it stands at the top of a
	// file, and only once.
	Top bool
	// Maybe says that its line may end with the word maybe.
	Maybe bool
	// Text says that text stands under its line, each line of it behind a |; Bare, that
	// its line may stand alone, too.
	Text, Bare bool
	// Parse reads the arguments, and returns what the command does then. A
	// mistake is told to Arguments.Fail.
	Parse func(*Parser, *Arguments) Action
}

// Action is what a command does in a run. A nil one does nothing.
type Action func(context.Context, *Run) error

// Show is something that a file can have shown in the place of everything.
type Show struct {
	// Name is its word after show.
	Name string
	// Shows says whether it shows an event.
	Shows func(trace.Event) bool
}

// Seam joins an operator, and what is around it, to the general language.
type Seam struct {
	// Commands are its own, beside the general ones; one of a general one's name
	// takes that one's place.
	Commands []Command
	// Shows are what its files can have shown.
	Shows []Show
	// Setup begins what a file says about its world: it is called for each file
	// that is read.
	Setup func() Setup
}

// Setup is what the commands of one file say about its world.
type Setup interface {
	// Expected says what should stand in the place of an object's name whose
	// requests a command is about; it is empty where that name may.
	Expected(name string) string
	// Open makes the world that the file is played in.
	Open(context.Context, world.Options) (World, error)
}

// World is the world of a seam, as a file that is played in it needs it.
type World interface {
	// General is the part of it that knows no operator.
	General() *world.World
	// End says that nothing more is to happen, and checks what is left to be.
	End(context.Context) error
	// Endings is what has become of each object, a line each.
	Endings() ([]string, error)
	// Checks is how many times the invariants were checked on some object.
	Checks() int
	// Unmet is what the file at the path asked for and what never happened.
	Unmet(path string) []*StepError
	// Close ends the world.
	Close(context.Context) error
}

// Language is what scenario files can say.
type Language struct {
	seam     Seam
	commands map[string]Command
}

// general are the commands of every language.
func general() []Command {
	return []Command{
		runCommand, killCommand, startCommand, stopCommand, requestCommand, watchCommand, apiCommand, resyncCommand,
		seedCommand, workersCommand, scheduleCommand, applyCommand, editCommand, patchCommand, deleteCommand,
		restCommand, expectCommand,
	}
}

// NewLanguage returns the language of the general commands and of a seam's.
func NewLanguage(s Seam) *Language {
	l := &Language{seam: s, commands: map[string]Command{}}
	for _, c := range general() {
		l.commands[c.Name] = c
	}
	if len(s.Shows) > 0 {
		l.commands["show"] = showCommand(s.Shows)
	}
	own := map[string]bool{}
	for _, c := range s.Commands {
		if own[c.Name] {
			panic("two commands are called " + c.Name) // a mistake in the code of the seam
		}
		own[c.Name] = true
		l.commands[c.Name] = c
	}
	return l
}

// Usage lists the commands, one line each, sorted.
func (l *Language) Usage() []string {
	var lines []string
	//determinism:ordered sorted below
	for _, c := range l.commands {
		lines = append(lines, c.Usage)
	}
	sort.Strings(lines)
	return lines
}

// Names are the names of the commands that can come at any moment, sorted.
func (l *Language) Names() []string { return l.names(func(c Command) bool { return !c.Top }) }

// IsTop says whether a command stands at the top of a file only.
func (l *Language) IsTop(name string) bool { return l.commands[name].Top }

// UsageAnywhere is Usage of the commands that can come at any moment.
func (l *Language) UsageAnywhere() (lines []string) {
	for _, name := range l.Names() {
		lines = append(lines, l.commands[name].Usage)
	}
	return lines
}

// NeedsText says whether text has to stand under a command.
func (l *Language) NeedsText(name string) bool {
	c := l.commands[name]
	return c.Text && !c.Bare
}

// names are those of the commands of which something holds, sorted.
func (l *Language) names(holds func(Command) bool) []string {
	var names []string
	//determinism:ordered sorted below
	for name, c := range l.commands {
		if holds(c) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// expected is what should stand in the place of a word that is no command.
func (l *Language) expected(word string) string {
	names := l.names(func(Command) bool { return true })
	expected := "a command: " + strings.Join(names, ", ")
	if meant := nearest.To(word, names); meant != "" {
		expected += "; did you mean " + meant + "?"
	}
	return expected
}
