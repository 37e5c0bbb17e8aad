package scenarios

import (
	"testing"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
)

func TestReplayNamesWhatIsNotAsTheFileHasIt(t *testing.T) {
	for want, o := range map[string]world.Options{
		"edgesim replay luck":                        {},
		"edgesim replay --workers 16 luck":           {Workers: 16},
		"edgesim replay --seed 42 --workers 16 luck": {Workers: 16, Seed: 42},
		"edgesim replay --workers 1 luck":            {Workers: 1, Seed: 7},
	} {
		if got := Replay(&scenario.File{Path: "luck.txt", Seed: 7}, scenario.Options{World: o}); got != want {
			t.Errorf("got %q, not %q", got, want)
		}
	}
	if got, want := Replay(&scenario.File{Path: "/tmp/story.txt"}, scenario.Options{}), "edgesim replay /tmp/story.txt"; got != want {
		t.Errorf("got %q, not %q", got, want)
	}
}
