package edge

import (
	"errors"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/scenario/syntax"
)

// FuzzParse looks for a text that makes Language.Parse panic, that a File doesn't print
// byte for byte, or whose error has no position.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", "\n", "run\n----\n", "run\n----", "run\r\n----\r\n", "run\n----\n0s x\nrun\n----\n", "run\n ----\n", "----\n", everything,
		"device p{1..2}{3..4}\n----\n", "device {..}\n----\n", "device {}\n----\n", "device image=\n----\n", "run =\n----\n", "run until==\n----\n",
		"kill controller before=#\n----\n", "seed 1\n#\n----\n", "\tdevice é \xff\n----\n", "run\n----\n\x00\n", "\ufeffrun\n----\n", "run\u00a0\n----\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Language.Parse("story.txt", text)
		if err != nil {
			var mistake *syntax.Error
			if !errors.As(err, &mistake) || file != nil {
				t.Fatalf("not a syntax.Error, or a file with it: %v", err)
			}
			lines := strings.Split(text, "\n")
			if mistake.Line < 1 || mistake.Line > len(lines) || mistake.Column < 1 || mistake.Column > len(lines[mistake.Line-1])+1 {
				t.Fatalf("nothing is there: %v", err)
			}
			// A name may be part of a range; everything else must be in the text.
			if line := lines[mistake.Line-1]; !strings.HasPrefix(line[mistake.Column-1:], mistake.Word) && !strings.Contains(line, "{") {
				t.Fatalf("another word is there: %v", err)
			}
			return
		}
		if !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		if file.Text() != text {
			t.Fatalf("the text is\n%q, want\n%q", file.Text(), text)
		}
		again, err := Language.Parse("story.txt", file.Text())
		if err != nil || again.Text() != text {
			t.Fatalf("read again, it is another: %v", err)
		}
	})
}
