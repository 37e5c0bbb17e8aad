package edge

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/explore"
)

// TestRandomWorldsAreFiles draws some hundred worlds: each is a scenario file, and all
// that a file can say is in some.
func TestRandomWorldsAreFiles(t *testing.T) {
	var all strings.Builder
	for i := range 500 {
		text := explore.DrawWorld(Grammar, 4, i, time.Hour)
		f, err := Language.Parse("random.txt", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if f.Text() != text || f.KillsControlPlane {
			t.Errorf("world %d is another file", i)
		}
		all.WriteString(text)
	}
	for _, f := range devicesim.Shapes() {
		// What can befall any request can befall each kind of them.
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^fault .* of=(%s|any) do=%s( |$)`, f.Of, f.Do)).MatchString(all.String()) {
			t.Errorf("no world of 500 has a fault of=%s do=%s", f.Of, f.Do)
		}
	}
	drawsOrExcuses(t, Language.Usage(), all.String())
}

// undrawn says why no random world says something that a file can say.
var undrawn = map[string]string{
	"show":            "it says what is told of a world, and not what happens in it",
	"expect":          "a random world is held to what every operator promises",
	"apply":           "there are other commands for DeviceDeployments, and nothing else that matters to the operator",
	"patch":           "as apply",
	"kill apiserver":  "other worlds are played on the same control plane",
	"kill etcd":       "as kill apiserver",
	"start apiserver": "as kill apiserver",
	"start etcd":      "as kill apiserver",
	"device breaks=":  "it has no maybe; a fault of a transfer says the same, and has",
	"device every":    "as device breaks=",
	"fault FIELD=":    "the fields belong to the effects, each of which is drawn",
	"curl key=":       "it is of no use without {uid}, and the object may be gone",
	"kill while=":     "it is a mistake unless a device is just being waited for, which nobody knows before",
}

// argument matches what a command's usage says that can be said: keys, with a value where
// that is a word or a status, and words.
var argument = regexp.MustCompile(`[a-zA-Z]+=(?:[a-z]{3,}\b)?|\b[a-z]{2,}\b|\b[45]\d\d\b`)

// drawsOrExcuses holds that worlds, all in one text, say everything that a language's
// usage does, unless there is an excuse, and that no excuse is idle.
func drawsOrExcuses(t *testing.T, usage []string, worlds string) {
	idle := maps.Clone(undrawn)
	for _, line := range usage {
		line, _, _ = strings.Cut(line, " (and under it")
		command, _, _ := strings.Cut(line, " ")
		for _, word := range argument.FindAllString(line, -1) {
			key := strings.SplitAfter(word, "=")[0]
			said := regexp.MustCompile(`(?m)^(` + command + ` .*[ =]|` + command + ` )?` + word).MatchString(worlds)
			excused := undrawn[command] != "" || undrawn[command+" "+key] != ""
			if said == excused {
				t.Errorf("%s, with %s: it is said: %t, and excused: %t", command, word, said, excused)
			}
			delete(idle, command)
			delete(idle, command+" "+key)
		}
	}
	if len(idle) > 0 {
		t.Errorf("nothing can be said of which these are excuses: %v", idle)
	}
}
