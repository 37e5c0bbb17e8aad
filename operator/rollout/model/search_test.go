package model

import (
	"fmt"
	"hash/maphash"
)

// bounds are how much can happen in a search.
type bounds struct {
	maxAttempts   int32
	edits, faults uint8
}

func (b bounds) String() string {
	return fmt.Sprintf("maxAttempts %d, %d edits, %d faults", b.maxAttempts, b.edits, b.faults)
}

// search is a breadth-first search through every world that can come about.
type search struct {
	model
	worlds []world
	// parents are the worlds from which each was reached first.
	parents []int32
	// index are the worlds' numbers by their hashes, so that no world is kept
	// twice; one whose hash is taken comes under the next that is free.
	index map[uint64]int32
	seed  maphash.Seed

	// edges are the steps that a fair run goes by; those from world n begin
	// at firstEdge[n].
	edges     []edge
	firstEdge []int32

	// taken counts the steps of each kind.
	taken [kinds]int

	// found is what broke: the promise, the world before, and which of the
	// steps from there it was.
	found   violation
	at      int32
	ordinal int
}

// edge is a step that leads to a world.
type edge struct {
	to int32
	by process
}

// explore visits every world in the bounds, or stops at the first violation.
func explore(p protocol, b bounds) *search {
	s := newSearch(p, b)
	s.run()
	return s
}

func newSearch(p protocol, b bounds) *search {
	s := &search{
		model: model{protocol: p, machine: &stateMachine{b.maxAttempts, map[question]answer{}}},
		index: map[uint64]int32{}, seed: maphash.MakeSeed(),
	}
	s.visit(world{
		object: object{uid: 1, generation: 1, image: first}, uids: 1,
		device: device{up: true, running: old, healthy: true},
		edits:  b.edits, faults: b.faults,
	}, -1)
	return s
}

func (s *search) run() {
	for n := int32(0); int(n) < len(s.worlds) && s.found == ""; n++ {
		s.firstEdge = append(s.firstEdge, int32(len(s.edges)))
		// A copy, since the slice grows.
		w := s.worlds[n]
		ordinal := 0
		s.steps(&w, func(t step, next world, broken violation) {
			if broken != "" && s.found == "" {
				s.found, s.at, s.ordinal = broken, n, ordinal
			}
			ordinal++
			s.taken[t.kind]++
			s.canonical(&next)
			to := s.visit(next, n)
			if t.by != unfair {
				s.edges = append(s.edges, edge{to, t.by})
			}
		})
	}
	s.firstEdge = append(s.firstEdge, int32(len(s.edges)))
}

// visit numbers a world, and returns its number.
func (s *search) visit(w world, from int32) int32 {
	hash := maphash.Comparable(s.seed, w)
	n, known := s.index[hash]
	for known && s.worlds[n] != w {
		hash++
		n, known = s.index[hash]
	}
	if !known {
		n = int32(len(s.worlds))
		s.index[hash] = n
		s.worlds = append(s.worlds, w)
		s.parents = append(s.parents, from)
	}
	return n
}
