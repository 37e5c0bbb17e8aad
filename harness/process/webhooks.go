package process

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

// webhooks notes which an operator registers, and serves none: an API server would
// call them in real time, on a port and by a certificate of each incarnation.
type webhooks struct {
	mux   *http.ServeMux
	paths []string
}

var _ webhook.Server = &webhooks{}

// Register notes a webhook.
func (w *webhooks) Register(path string, hook http.Handler) {
	w.paths = append(w.paths, path)
	w.mux.Handle(path, hook) // by which builders know what is registered already
}

// refusal is the error that an operator's webhooks are, nil if it has none.
func (w *webhooks) refusal() error {
	if len(w.paths) == 0 {
		return nil
	}
	return fmt.Errorf("webhooks are not served in virtual time, and %s would be missed: set the operator up without them", strings.Join(w.paths, ", "))
}

// NeedLeaderElection says that no election is waited for.
func (*webhooks) NeedLeaderElection() bool { return false }

// Start waits for the end.
func (*webhooks) Start(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// StartedChecker is always content.
func (*webhooks) StartedChecker() healthz.Checker { return healthz.Ping }

// WebhookMux returns the mux.
func (w *webhooks) WebhookMux() *http.ServeMux { return w.mux }
