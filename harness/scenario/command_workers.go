package scenario

// workersCommand sets how many objects a controller reconciles at a time, for a file
// that is about that.
//
//	workers 1
var workersCommand = Command{Name: "workers", Usage: "workers N", Top: true, Parse: parseWorkers}

func parseWorkers(p *Parser, a *Arguments) Action {
	p.File.workers, p.File.Tied = int(wholeNumber(a, 1000)), true
	return nil
}
