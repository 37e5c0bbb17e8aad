package scenario

// seedCommand says what all of the world's chance is drawn from.
//
//	seed 42
var seedCommand = Command{Name: "seed", Usage: "seed N", Top: true, Parse: parseSeed}

func parseSeed(p *Parser, a *Arguments) Action {
	p.File.Seed = uint64(wholeNumber(a, 1<<62))
	return nil
}
