package explore

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// inTurn sorts faults, the most telling first. Of those that are equally telling each
// scenario has one in turn, of each kind in turn, and the seed draws which. So whatever
// is left out, each scenario and each kind has had some.
func inTurn(all []Fault, seed uint64) []Fault {
	all = slices.Clone(all)
	rand.New(rand.NewPCG(seed, orderStream)).Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	type kinds struct {
		rank, recording int
		kind            Kind
	}
	all = dealt(all, func(f Fault) kinds { return kinds{f.rank, f.recording, f.Kind} })
	type scenarios struct{ rank, recording int }
	return dealt(all, func(f Fault) scenarios { return scenarios{f.rank, f.recording} })
}

// dealt sorts by rank, and takes one of each pile in turn within a rank.
func dealt[P comparable](all []Fault, pile func(Fault) P) []Fault {
	type placed struct {
		Fault
		place int
	}
	height, order := map[P]int{}, make([]placed, len(all))
	for n, f := range all {
		p := pile(f)
		order[n] = placed{f, height[p]}
		height[p]++
	}
	slices.SortStableFunc(order, func(a, b placed) int { return cmp.Or(a.rank-b.rank, a.place-b.place) })
	for n, f := range order {
		all[n] = f.Fault
	}
	return all
}
