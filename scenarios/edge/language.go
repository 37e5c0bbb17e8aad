package edge

import (
	"context"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Language is the language of scenario files: the general commands, and those for
// devices and DeviceDeployments.
var Language = scenario.NewLanguage(scenario.Seam{
	Commands: []scenario.Command{
		timingCommand, deviceCommand, faultCommand, dnsCommand, curlCommand,
		deployCommand, editCommand, deleteCommand, finalizerCommand, statusCommand,
	},
	Shows: shows,
	Setup: func() scenario.Setup {
		return &setup{timing: DefaultTiming, devices: map[string]bool{}, deployed: map[string]bool{}, held: map[string]bool{}, deleting: map[string]bool{}, mindLooks: map[string]bool{}}
	},
})

// shows are the filters that a file can choose with the command show.
var shows = []scenario.Show{
	// Everything but a controller's reads.
	{Name: "transitions", Shows: func(e trace.Event) bool { return e.Kind != trace.Read && !isReading(e) }},
	// One line per rollout, and the events about controllers and the control plane.
	{Name: "outcomes", Shows: func(e trace.Event) bool {
		phase := v1.Phase(e.String(phaseField))
		return e.Subject == "" || isTransition(e) && (phase == v1.Succeeded || phase == v1.Failed)
	}},
}

// fileWorld is the world of one scenario file.
type fileWorld struct {
	*World
	faults []fault
}

// worldOf returns the world of a run.
func worldOf(r *scenario.Run) *fileWorld { return r.World.(*fileWorld) }

// General returns the part of the world that depends on no operator.
func (s *fileWorld) General() *world.World { return s.World.World }

// Open creates the world of a file.
func (s *setup) Open(ctx context.Context, o world.Options) (scenario.World, error) {
	w, err := New(ctx, Options{Options: o, Timing: s.timing})
	if err != nil {
		return nil, err
	}
	w.fleet.mindLooks = s.mindLooks
	return &fileWorld{World: w}, nil
}
