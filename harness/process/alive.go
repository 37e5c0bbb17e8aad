package process

import (
	"errors"
	"net/http"
)

// errKilled is what everything gets that a dead controller still tries.
var errKilled = errors.New("this controller has been killed")

// alive refuses what a dead controller sends.
func (p *Process) alive(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	if p.dead.Err() != nil {
		return nil, errKilled
	}
	return next.RoundTrip(req)
}
