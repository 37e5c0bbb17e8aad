package syntax

import (
	"errors"
	"strings"
	"testing"
)

// TestATreeThatWasChanged is printed with its changes, and what nobody touched as
// it stood.
func TestATreeThatWasChanged(t *testing.T) {
	f, err := Parse("story.txt", "# One.\n\tdevice  a  \nrun   for=1m\n----\n 0s  x\n\n# The end.\n")
	if err != nil {
		t.Fatal(err)
	}
	b := &f.Blocks[0]
	b.Lines = append(b.Lines[:2], Line{Text: "run"})
	b.Happened = ""
	if got, want := f.String(), "# One.\n\tdevice  a  \nrun\n----\n\n# The end.\n"; got != want {
		t.Errorf("the text is\n%q, want\n%q", got, want)
	}
}

// TestWhatStandsAboveAMistake is in the tree all the same.
func TestWhatStandsAboveAMistake(t *testing.T) {
	for text, commands := range map[string]int{
		"device a\nrun\n ----\n":                2,
		"device a\nrun\n----\n\nrun\n----\nx\n": 3,
		"device a\n":                            1,
		"----\n":                                0,
		"run\r\n----\n":                         0,
	} {
		f, err := Parse("story.txt", text)
		n := 0
		for _, b := range f.Blocks {
			for _, l := range b.Lines {
				if len(l.Words) > 0 {
					n++
				}
			}
		}
		var mistake *Error
		if !errors.As(err, &mistake) || n != commands {
			t.Errorf("%q: %d commands, %v", text, n, err)
		}
	}
}

// FuzzParse looks for a text of which the tree loses something, and for a mistake
// that is nowhere.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "\n", "run\n----\n", "# x\n\n a\tb =\n----\n0s y\n\n# z", "----", "a\n----\n1", "\xff", "a\r\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("story.txt", text)
		var mistake *Error
		switch {
		case errors.As(err, &mistake):
			lines := strings.Split(text, "\n")
			if mistake.Line < 1 || mistake.Line > len(lines) || !strings.HasPrefix(lines[mistake.Line-1][mistake.Column-1:], mistake.Word) {
				t.Fatalf("nothing is there: %v", err)
			}
		case err != nil:
			t.Fatal(err)
		case file.String() != strings.TrimSuffix(text, "\n")+"\n":
			t.Fatalf("the text is\n%q, want\n%q", file.String(), text)
		}
	})
}
