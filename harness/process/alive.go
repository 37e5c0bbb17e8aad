package process

import (
	"errors"
	"net/http"
)

// errKilled is the error of every request that a dead controller still makes.
var errKilled = errors.New("this controller has been killed")

// alive refuses requests of a dead controller.
func (p *Process) alive(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	if p.dead.Err() != nil {
		return nil, errKilled
	}
	return next.RoundTrip(req)
}
