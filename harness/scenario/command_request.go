package scenario

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"example.com/edge-device-operator/harness/process"
)

// requestCommand disturbs one request.
//
//	request press-01#7 answer=lost
var requestCommand = Command{
	Name:  "request",
	Usage: "request NAME#N refused=401|403|404|409|422|429|500|503|504 | answer=lost|never | late=20s | delayed=20s",
	Parse: parseRequest,
}

func parseRequest(p *Parser, a *Arguments) Action {
	a.Allow("refused", "answer", "late", "delayed")
	a.OneName("the number of an object's request after it, such as press-01#7")
	if len(a.Keys) != 1 {
		a.Fail(a.Command, "one of refused=, answer=, late= and delayed= with it")
	}
	if len(a.Names) == 0 {
		return nil
	}
	op, err := parseOperation(a.Names[0].Text)
	switch expected := p.expectedName(op.Object); {
	case err != nil:
		a.Fail(a.Names[0], err.Error())
	case p.only != "" && op.Object != p.only:
		return nil
	case expected != "":
		a.Fail(a.Names[0], expected)
	case p.requests[op]:
		a.Fail(a.Names[0], "each request only once")
	}
	p.requests[op] = true
	answer := Read(a, "answer", "", OneOf("lost", "never"))
	what := process.RequestFault{
		Status:  Read(a, "refused", 0, parseRefusal),
		Lost:    answer == "lost",
		Never:   answer == "never",
		Late:    Read(a, "late", 0, parseLength),
		Delayed: Read(a, "delayed", 0, parseLength),
	}
	// A request that waits for an answer holds a worker.
	p.File.HoldsWorkers = p.File.HoldsWorkers || what.Never || what.Late > 0 || what.Delayed > 0
	return func(_ context.Context, r *Run) error {
		r.faulted[op] = a.Line
		return r.general().FaultRequest(op, what)
	}
}

// parseLength parses a duration that something takes.
func parseLength(s string) (time.Duration, error) {
	d, err := ParseDuration(s)
	if err == nil && d == 0 {
		err = fmt.Errorf("a duration that is not zero")
	}
	return d, err
}

// parseRefusal parses a status with which an API server may refuse a request.
func parseRefusal(s string) (int, error) {
	switch s {
	case "401", "403", "404", "409", "422", "429", "500", "503", "504":
		return strconv.Atoi(s)
	}
	return 0, fmt.Errorf("401, 403, 404, 409, 422, 429, 500, 503 or 504")
}
