package main

import (
	"context"
	"io"

	"example.com/edge-device-operator/scenarios"
)

// openSession starts a control plane. closeSession, which has to be deferred, stops it, and
// sets err if that fails and nothing else has.
func openSession(ctx context.Context, stderr io.Writer) (session *scenarios.Session, closeSession func(err *error), err error) {
	session, err = scenarios.Open(ctx, progress(stderr))
	if err != nil {
		return nil, nil, failure(exitControlPlane, err)
	}
	return session, func(err *error) {
		if closeErr := session.Close(); *err == nil {
			*err = failure(exitControlPlane, closeErr)
		}
	}, nil
}
