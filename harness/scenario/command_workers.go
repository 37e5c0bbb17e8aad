package scenario

// workersCommand says how many objects a controller reconciles at a time, where
// that is what a file is about.
//
//	workers 1
var workersCommand = Command{Name: "workers", Usage: "workers N", Top: true, Parse: parseWorkers}

func parseWorkers(p *Parser, a *Arguments) Action {
	p.File.workers, p.File.Tied = int(wholeNumber(a, 1000)), true
	return nil
}
