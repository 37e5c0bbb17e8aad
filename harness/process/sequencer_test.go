package process

import "testing"

// TestOnlyTheSequentialScheduleDraws says which sequencers draw all that could be first.
func TestOnlyTheSequentialScheduleDraws(t *testing.T) {
	for g, draws := range map[*Sequencer]bool{
		NewSequencer(0): false, NewSequencer(1): false, NewSequentialSequencer(0): false, NewSequentialSequencer(1): true,
	} {
		if g.Draws() != draws {
			t.Errorf("sequential %t with order %d draws: %t", g.sequential, g.order, !draws)
		}
	}
}
