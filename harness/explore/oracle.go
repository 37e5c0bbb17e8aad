package explore

import (
	"errors"
	"strings"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/virtualtime"
	"example.com/edge-device-operator/harness/world"
)

// outcome is what came of a run.
type outcome struct {
	Scenario string
	Faults   []Fault
	// Text is the scenario as it was played.
	Text string
	// Violation is what it broke, nil if it broke nothing.
	Violation *invariant.Violation
	// Story tells the violation.
	Story string
	// Unmet says that the fault never came about.
	Unmet bool
	// Inapplicable says why the script couldn't be played on with that fault, empty if
	// it could.
	Inapplicable string

	// endless says that the violation is of a run that has no end.
	endless bool

	result scenario.Result
	err    error // why nothing can be said of it: a defect of the testbed
	// skipped says that it wasn't played: time was up.
	skipped bool
	// recording is what was recorded, nil if there were faults.
	recording *recording
	// recovery is what came after its fault, nil if no second one is to come.
	recovery *recovery
}

// run tells of the run what is kept.
func (o outcome) run(r Run) Run {
	r.Unmet, r.Inapplicable = o.Unmet, o.Inapplicable
	switch v := o.Violation; {
	case o.err != nil:
		r.Error = o.err.Error()
	case v != nil:
		r.Violation = &Violation{o.Scenario, o.Faults, v.Promise, v.Object, kindOf(o), v.Expected, v.Found, o.Story, o.Text}
	}
	if o.recording != nil {
		o.recording.counted(&r)
	}
	if o.recovery != nil {
		r.Recovery = o.recovery.id
	}
	return r
}

// played says whether the run came to its end.
func (o outcome) played() bool { return o.err == nil && o.Inapplicable == "" && !o.Unmet }

// Hangs is the promise that each reconcile returns.
const Hangs = "Every reconcile returns."

// classify says what an error of a run means.
func (o *outcome) classify(err error) {
	var violation *world.ViolationError
	var spin *world.SpinError
	var unsettled *virtualtime.UnsettledError
	var unended *world.UnendedError
	var step *scenario.StepError
	var unreached *process.UnreachedError
	switch {
	case err == nil:
		o.Unmet = len(o.Faults) > 0 && o.missed()
		return
	case errors.As(err, &violation):
		o.Violation = &violation.Violation
	case errors.As(err, &spin):
		o.Violation = &invariant.Violation{Promise: world.Spins, Breach: invariant.Breach{At: world.Start.Add(spin.At), Expected: "that time goes on", Found: spin.Error()}}
	case errors.As(err, &unsettled):
		o.Violation = &invariant.Violation{Promise: Hangs, Breach: invariant.Breach{At: world.Start.Add(o.result.Virtual), Expected: "that the world settles", Found: unsettled.Error()}}
	case errors.As(err, &unended) && unended.GoesOn:
		o.endless = true
		o.Violation = &invariant.Violation{Promise: world.Rests, Breach: invariant.Breach{At: world.Start.Add(o.result.Virtual), Expected: "that it ends, as it does without a fault", Found: unended.Why}}
	case errors.As(err, &unreached), errors.As(err, &step):
		o.Inapplicable = err.Error()
	default:
		o.err = err
	}
	if o.Violation != nil {
		o.Story = err.Error()
	}
	if o.endless {
		o.Story = strings.TrimSuffix(o.Story, "; "+unended.Last) // it may differ from run to run
	}
}

// missed says whether a fault never came about.
func (o *outcome) missed() bool { return len(o.result.Unmet) > 0 }
