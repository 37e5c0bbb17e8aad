package edge

import (
	"context"

	"example.com/edge-device-operator/harness/scenario"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// deployCommand creates a DeviceDeployment for each device.
//
//	deploy press-01 image=fw:2
var deployCommand = scenario.Command{
	Name:  "deploy",
	Usage: "deploy NAME… image=IMAGE [maxAttempts=3] [backoffSeconds=10] [concurrencyHint=N]",
	Parse: parseDeploy,
}

func parseDeploy(p *scenario.Parser, a *scenario.Arguments) scenario.Action {
	allowSpec(a)
	a.Require("image", "image=IMAGE with it, such as image=fw:2")
	s := setupOf(p)
	all := s.deviceNames(a)
	for _, n := range all {
		if s.deployed[n.Text] {
			a.Fail(n, "a device that nothing is deployed to yet")
		}
		s.deployed[n.Text] = true
	}
	p.File.Objects = max(p.File.Objects, len(s.deployed))
	backoff := int32(10)
	spec := v1.DeviceDeploymentSpec{RetryPolicy: v1.RetryPolicy{MaxAttempts: 3, BackoffSeconds: &backoff}}
	parseSpec(a)(&spec)
	return func(ctx context.Context, r *scenario.Run) error {
		if err := r.EnsureController(ctx); err != nil {
			return err
		}
		for _, n := range all {
			spec.DeviceRef = n.Text
			if err := worldOf(r).Deploy(ctx, spec); err != nil {
				return err
			}
		}
		return nil
	}
}
