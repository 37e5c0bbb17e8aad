package edge

import (
	"context"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// statusCommand writes statuses as somebody other than the operator. The time in
// lastTransitionTime counts from the world's beginning, as times in traces do.
//
//	status press-01 phase=Succeeded lastTransitionTime=1h30m
var statusCommand = scenario.Command{
	Name:  "status",
	Usage: "status NAME… [phase=PHASE] [attempts=N] [observedGeneration=N] [lastTransitionTime=87600h]",
	Parse: parseStatus,
}

func parseStatus(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	a.Allow("phase", "attempts", "observedGeneration", "lastTransitionTime")
	all := setupOf(p).deployedNames(a)
	if len(a.Keys) == 0 {
		a.Fail(a.Command, "what somebody writes after the names, such as phase=Succeeded")
	}
	phase := scenario.Read(a, "phase", "", parsePhase)
	attempts, generation := scenario.Read(a, "attempts", -1, scenario.Number(0, 100)), scenario.Read(a, "observedGeneration", -1, scenario.Number(1, 1000))
	at := scenario.Read(a, "lastTransitionTime", -1, scenario.ParseDuration)
	return func(ctx context.Context, r *scenario.Run) error {
		for _, n := range all {
			err := worldOf(r).WriteStatus(ctx, n.Text, func(s *v1.DeviceDeploymentStatus) {
				if phase != "" {
					s.Phase = phase
				}
				if attempts >= 0 {
					s.Attempts = int32(attempts)
				}
				if generation >= 0 {
					s.ObservedGeneration = generation
				}
				if at >= 0 {
					s.LastTransitionTime = metav1.NewMicroTime(world.Start.Add(at))
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

var phases = []v1.Phase{v1.Pending, v1.Transferring, v1.Rebooting, v1.Verifying, v1.Succeeded, v1.Failed}

func parsePhase(s string) (v1.Phase, error) {
	var names []string
	for _, p := range phases {
		if string(p) == s {
			return p, nil
		}
		names = append(names, string(p))
	}
	return "", fmt.Errorf("one of %s", strings.Join(names, ", "))
}
