package process

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

// webhooks records the webhooks that an operator registers, and serves none: an API
// server would call them in real time, with a port and a certificate for each
// incarnation.
type webhooks struct {
	mux   *http.ServeMux
	paths []string
}

var _ webhook.Server = &webhooks{}

// Register records a webhook.
func (w *webhooks) Register(path string, hook http.Handler) {
	w.paths = append(w.paths, path)
	w.mux.Handle(path, hook) // by which builders know what is registered already
}

// refusal returns an error if the operator has registered webhooks.
func (w *webhooks) refusal() error {
	if len(w.paths) == 0 {
		return nil
	}
	return fmt.Errorf("webhooks are not served in virtual time, and %s would be missed: set the operator up without them", strings.Join(w.paths, ", "))
}

// NeedLeaderElection says that the server doesn't wait for an election.
func (*webhooks) NeedLeaderElection() bool { return false }

// Start waits until the context ends.
func (*webhooks) Start(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// StartedChecker returns a check that always succeeds.
func (*webhooks) StartedChecker() healthz.Checker { return healthz.Ping }

// WebhookMux returns the mux.
func (w *webhooks) WebhookMux() *http.ServeMux { return w.mux }
