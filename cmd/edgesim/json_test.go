package main

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/trace"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/killed.json anew; the diff is the review")

// TestJSON plays a file and compares the output with testdata/killed.json, which
// docs/trace.md quotes. There each event is on a line of its own.
func TestJSON(t *testing.T) {
	requireControlPlane(t)
	const golden = "testdata/killed.json"
	for _, workers := range []string{"1", "8"} {
		code, stdout, stderr := edgesim(t, "replay", "--format", "json", "--workers", workers, "testdata/killed.txt")
		if code != 0 || strings.Count(stdout, "\n") != 1 || !json.Valid([]byte(stdout)) {
			t.Fatalf("exit %d, or not one object on one line\n%s\n%s", code, stdout, stderr)
		}
		got := strings.NewReplacer(`"events":[`, `"events":[`+"\n", `},{"atSeconds"`, "},\n"+`{"atSeconds"`, "]}\n", "\n]}\n").Replace(stdout)
		if *rewrite {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("with %s workers\n%swant\n%sgo test ./cmd/edgesim -run TestJSON -rewrite refreshes it", workers, got, want)
		}
	}
}

// TestJSONOfAFailure checks that a failed scenario prints what happened up to the
// failure.
func TestJSONOfAFailure(t *testing.T) {
	requireControlPlane(t)
	path := story(t, "device press-01\ndeploy press-01 image=fw:2\nkill controller after=press-01#999\n----\n")
	code, stdout, _ := edgesim(t, "replay", "--format", "json", path)
	var printed struct {
		Version string
		Held    bool
		Error   string
		Events  []struct{ Kind trace.Kind }
	}
	if err := json.Unmarshal([]byte(stdout), &printed); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	if code != exitFailed || printed.Version != trace.Version || printed.Held || !strings.Contains(printed.Error, "press-01#999") ||
		len(printed.Events) == 0 || printed.Events[0].Kind != trace.Start {
		t.Errorf("exit %d: %+v", code, printed)
	}
}
