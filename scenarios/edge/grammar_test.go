package edge

import (
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/explore"
)

// TestRandomWorldsAreFiles draws some hundred worlds: each is a scenario file, and all
// that a world may have is in some.
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
	lines := "\n" + all.String()
	for _, f := range deviceFaults {
		for _, fault := range f.faults {
			if !strings.Contains(lines, " "+fault) {
				t.Errorf("no world of 500 has the fault %s", fault)
			}
		}
	}
	for _, command := range []string{
		"timing", "workers", "device", "fault", "deploy", "edit", "delete", "finalizer add", "finalizer remove", "curl burn", "curl reboot", "dns down", "dns up",
		"kill controller 1", "kill controller before=", "kill controller after=", "stop controller", "start controller\n", "start another controller\n",
		"start another controller dies=starting", "start controller sees=", "watch down", "watch up", "api down", "api up", "resync", "request ", "run", "rest",
	} {
		if !strings.Contains(lines, "\n"+command) {
			t.Errorf("no world of 500 says %s", command)
		}
	}
}
