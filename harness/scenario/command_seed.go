package scenario

// seedCommand sets the seed of every random choice in the world.
//
//	seed 42
var seedCommand = Command{Name: "seed", Usage: "seed N", Top: true, Parse: parseSeed}

func parseSeed(p *Parser, a *Arguments) Action {
	p.File.Seed = uint64(wholeNumber(a, 1<<62))
	return nil
}
