package scenarios

import (
	"sync"
	"testing"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
)

// TestAFreshControlPlane plays more runs than a control plane has, several at a time.
func TestAFreshControlPlane(t *testing.T) {
	s, err := Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.RenewAfter = 3
	planes := map[*controlplane.ControlPlane]bool{s.ControlPlane(): true}
	for range 2 {
		var runs sync.WaitGroup
		for range 4 {
			runs.Go(func() {
				f, err := Load("nothing-to-do")
				if err != nil {
					t.Error(err)
					return
				}
				if res, err := s.Run(t.Context(), f, scenario.Options{}); err != nil || f.Compare(res) != nil {
					t.Errorf("%v, %v", err, f.Compare(res))
				}
			})
		}
		runs.Wait()
		planes[s.ControlPlane()] = true
	}
	if len(planes) != 3 {
		t.Errorf("8 runs, 3 to a control plane, had %d of them", len(planes))
	}
}

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
