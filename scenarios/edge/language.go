package edge

import (
	"context"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Language is what scenario files can say: the general commands, and those about
// devices and what is deployed to them.
var Language = scenario.NewLanguage(scenario.Seam{
	Commands: []scenario.Command{
		timingCommand, deviceCommand, faultCommand, dnsCommand, curlCommand,
		deployCommand, editCommand, deleteCommand, finalizerCommand, statusCommand,
	},
	Shows: shows,
	Setup: func() scenario.Setup {
		return &setup{timing: DefaultTiming, devices: map[string]bool{}, deployed: map[string]bool{}, held: map[string]bool{}, deleting: map[string]bool{}}
	},
})

// shows are what a file can have shown in the place of everything.
var shows = []scenario.Show{
	// What a controller only read is left out.
	{Name: "transitions", Shows: func(e trace.Event) bool { return e.Kind != trace.Read && !isReading(e) }},
	// One line for each rollout, besides what befell the world.
	{Name: "outcomes", Shows: func(e trace.Event) bool {
		phase := v1.Phase(e.String(phaseField))
		return e.Subject == "" || isTransition(e) && (phase == v1.Succeeded || phase == v1.Failed)
	}},
}

// stage is a world that a file is played in.
type stage struct {
	*World
	faults []fault
}

// on is the stage of a run.
func on(r *scenario.Run) *stage { return r.World.(*stage) }

// General is the part of the world that knows no operator.
func (s *stage) General() *world.World { return s.World.World }

// Open makes the world of a file.
func (s *setup) Open(ctx context.Context, o world.Options) (scenario.World, error) {
	w, err := New(ctx, Options{Options: o, Timing: s.timing})
	if err != nil {
		return nil, err
	}
	return &stage{World: w}, nil
}
