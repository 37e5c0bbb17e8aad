package realtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/controlplane"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// The parameters of this test.
const (
	seed = 7
	// kills is how often the manager is killed; there are as many devices.
	kills = 20
	// maxAttempts is one more than any device here needs.
	maxAttempts = 4
	// longestLife bounds how long a manager runs after a rollout has started; the
	// transfer takes longer.
	longestLife = 1500 * time.Millisecond
)

// TestKillNine kills the real manager 20 times at random moments while it rolls an
// image out to 20 devices, and kills etcd and kube-apiserver once each. Nothing is
// lost, nothing is burned twice, and attempts are exact: one more than the transfers
// that break.
func TestKillNine(t *testing.T) {
	deadline, ok := t.Deadline()
	if err := controlplane.RequireTime(deadline, ok); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	lap := func(what string) { t.Logf("%5.1fs  %s", time.Since(began).Seconds(), what) }
	site, err := Open(t.Context(), programs, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := site.Close(); err != nil {
			t.Error(err)
		}
	})
	random := rand.New(rand.NewPCG(seed, 0))
	breaks := map[string]int{}
	var fleet []*Device
	for n := range kills {
		name := fmt.Sprintf("press-%02d", n+1)
		breaks[name] = random.IntN(maxAttempts - 1)
		plan := fmt.Sprintf("{transfer: %dms, reboot: %dms, faults: [%s]}", 2000+random.IntN(4000), 500+random.IntN(1500), firstBreak(breaks[name], 10+random.IntN(80)))
		d, err := site.AddDevice(t.Context(), name, plan)
		if err != nil {
			t.Fatal(err)
		}
		fleet = append(fleet, d)
	}
	lap("the devices run")

	// What else is killed together with the n-th manager.
	plane := site.ControlPlane()
	order := random.Perm(kills)
	others := map[int]func(context.Context) error{order[0]: plane.RestartEtcd, order[1]: plane.RestartAPIServer}
	someTime := func() time.Duration { return time.Duration(random.Int64N(int64(longestLife))) }
	for n := range kills {
		m, err := site.StartManager("--poll-interval=100ms", "--call-timeout=1s")
		if err != nil {
			t.Fatal(err)
		}
		if restart := others[n]; restart != nil {
			time.Sleep(someTime())
			if err := restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			lap("etcd or kube-apiserver was killed, and is back")
		}
		// The rollouts start one after the other, so that some are in each phase. This
		// one lasts longer than the manager.
		if err := site.Deploy(t.Context(), fleet[n].Name, maxAttempts, 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(someTime())
		select {
		case <-m.Done():
			t.Fatalf("manager %d ended by itself, with %v:\n%s", n+1, m.State(), m.Tail())
		default:
		}
		m.Kill()
		if under := goingOn(t, site); len(under) == 0 {
			t.Fatalf("kill %d came too late: every rollout had ended", n+1)
		} else {
			lap(fmt.Sprintf("kill %d, amid %v", n+1, under))
		}
	}

	m, err := site.StartManager("--poll-interval=100ms", "--call-timeout=1s")
	if err != nil {
		t.Fatal(err)
	}
	for late := time.Now().Add(2 * time.Minute); len(goingOn(t, site)) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("rollouts don't end: %v; the manager's log:\n%s", goingOn(t, site), m.Tail())
		}
	}
	lap("every rollout has ended")
	m.Stop(grace)
	if code := m.State().ExitCode(); code != 0 {
		t.Errorf("the last manager, asked to end, ended with %v:\n%s", m.State(), m.Tail())
	}

	deployments, err := site.Deployments(t.Context())
	if err != nil || len(deployments) != len(fleet) {
		t.Fatalf("%d deployments, %v", len(deployments), err)
	}
	for n, d := range fleet {
		running, changes, err := d.Finish(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		outcome := Outcome{Phase: v1.Succeeded, Attempts: int32(breaks[d.Name]) + 1, Runs: target}
		if err := outcome.Check(&deployments[n], running, changes); err != nil {
			t.Error(err)
		}
	}
}

// firstBreak returns the faults of a plan in which the first n transfers break.
func firstBreak(n, progress int) (faults string) {
	for i := range n {
		faults += fmt.Sprintf("{of: transfer, nth: %d, do: break, at: %d%%},", i+1, progress)
	}
	return faults
}

// goingOn counts the unfinished rollouts by phase.
func goingOn(t *testing.T, s *Site) map[v1.Phase]int {
	t.Helper()
	all, err := s.Deployments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	phases := map[v1.Phase]int{}
	for _, dd := range all {
		if dd.Status.ObservedGeneration == 0 {
			phases["new"]++
		} else if phase := dd.Status.Phase; phase != v1.Succeeded && phase != v1.Failed {
			phases[phase]++
		}
	}
	return phases
}
