package explore

import "slices"

// joinBlocks makes one block of all, or else of as many as it can.
func (s *shrinker) joinBlocks(c candidate) candidate {
	joined := c.copied()
	joined.blocks = [][]command{slices.Concat(c.blocks...)}
	if len(c.blocks) < 2 {
		return c
	}
	if found, ok := s.try(joined, c); ok {
		return found
	}
	for n := 0; n+1 < len(c.blocks); {
		joined := c.copied()
		joined.blocks = slices.Concat(c.blocks[:n], [][]command{slices.Concat(c.blocks[n], c.blocks[n+1])}, c.blocks[n+2:])
		var ok bool
		if c, ok = s.try(joined, c); !ok {
			n++
		}
	}
	return c
}

// dropCommands drops commands: half of them, a quarter, and so on down to each
// (delta debugging).
func (s *shrinker) dropCommands(c candidate) candidate {
	for size := len(c.own()); size > 0; size /= 2 {
		for from := 0; from < len(c.own()); {
			own := c.own()
			out := own[from:min(from+size, len(own))]
			smaller := c.keeping(func(at place, _ command) bool { return !slices.Contains(out, at) })
			var ok bool
			if c, ok = s.try(smaller, c); !ok {
				from += size
			}
		}
	}
	return c
}

// own are the places of the scenario's own commands that may be dropped.
func (c candidate) own() []place {
	return slices.DeleteFunc(c.all(), func(at place) bool { return c.at(at).fault > 0 || c.at(at).fixed })
}

// dropFaults drops each of several faults.
func (s *shrinker) dropFaults(c candidate) candidate {
	for n := c.faults(); n > 0 && c.faults() > 1; n-- {
		c, _ = s.try(c.keeping(func(_ place, one command) bool { return one.fault != n }), c)
	}
	return c
}
