package model

// endless checks liveness: every fair run without further faults, crashes and
// edits, in which deadlines pass only while the device isn't healthy, ends in a
// terminal phase, wherever it starts. It looks for worlds between which such a run
// could cycle for ever: the strongly connected components of the fair steps. A fair
// run can stay in a component if a controller takes a step in it, and each other
// process either takes a step in it or has nothing to do in one of its worlds.

// endless returns the first world from which a fair run can cycle for ever, or -1
// if there is none.
func (s *search) endless() int32 {
	first := int32(-1)
	s.components(func(component []int32, inside func(int32) bool) {
		var goesOn, rests [processes]bool
		for _, n := range component {
			var can [processes]bool
			for _, e := range s.edgesOf(n) {
				can[e.by] = true
				goesOn[e.by] = goesOn[e.by] || inside(e.to)
			}
			for p := range can {
				rests[p] = rests[p] || !can[p]
			}
		}
		stays := goesOn[controllers]
		for p := theDevice; p < processes; p++ {
			stays = stays && (goesOn[p] || rests[p])
		}
		// A world in which nothing happens at all is no end either.
		for _, n := range component {
			stays = stays || len(s.edgesOf(n)) == 0
		}
		if start := lowest(component); stays && (first < 0 || start < first) {
			first = start
		}
	})
	return first
}

func (s *search) edgesOf(n int32) []edge { return s.edges[s.firstEdge[n]:s.firstEdge[n+1]] }

func lowest(component []int32) int32 {
	least := component[0]
	for _, n := range component {
		least = min(least, n)
	}
	return least
}

// components calls f with each strongly connected component of the worlds that
// have not ended (Tarjan's algorithm, without recursion), and with a function
// that says whether a world belongs to it.
func (s *search) components(f func(component []int32, inside func(int32) bool)) {
	type frame struct{ world, next int32 }
	const unseen, closed = 0, -1
	var (
		order = make([]int32, len(s.worlds)) // when a world was first seen, from 1
		low   = make([]int32, len(s.worlds))
		open  []int32 // Tarjan's stack
		path  []frame
		seen  int32
	)
	enter := func(n int32) {
		seen++
		order[n], low[n] = seen, seen
		open = append(open, n)
		path = append(path, frame{n, s.firstEdge[n]})
	}
	for root := range int32(len(s.worlds)) {
		if order[root] != unseen || s.worlds[root].object.ended() {
			continue
		}
		enter(root)
		for len(path) > 0 {
			top := &path[len(path)-1]
			n := top.world
			if top.next < s.firstEdge[n+1] {
				to := s.edges[top.next].to
				top.next++
				switch {
				case s.worlds[to].object.ended() || order[to] == closed:
				case order[to] == unseen:
					enter(to)
				default:
					low[n] = min(low[n], order[to])
				}
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				up := path[len(path)-1].world
				low[up] = min(low[up], low[n])
			}
			if low[n] != order[n] {
				continue
			}
			start := len(open) - 1
			for open[start] != n {
				start--
			}
			component := open[start:]
			// All that is open and as late as n is of this component.
			f(component, func(to int32) bool { return order[to] >= order[n] })
			for _, member := range component {
				order[member] = closed
			}
			open = open[:start]
		}
	}
}
