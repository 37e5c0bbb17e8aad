package process

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/controller-runtime/pkg/recorder"
)

// silent is a recorder that drops Events. client-go's writes them in real time, from
// its own goroutines, in no particular order. An Event that a reconcile creates itself,
// with its client, does get to the API server.
type silent struct{}

var _ record.EventRecorder = silent{}

// Event drops an Event.
func (silent) Event(runtime.Object, string, string, string) {}

// Eventf drops an Event.
func (silent) Eventf(runtime.Object, string, string, string, ...any) {}

// AnnotatedEventf drops an Event.
func (silent) AnnotatedEventf(runtime.Object, map[string]string, string, string, string, ...any) {}

// silentEvents is such a recorder for the newer Events API.
type silentEvents struct{}

var _ recorder.EventRecorder = silentEvents{}

// Eventf drops an Event.
func (silentEvents) Eventf(_, _ runtime.Object, _, _, _, _ string, _ ...any) {}

// AnnotatedEventf drops an Event.
func (silentEvents) AnnotatedEventf(_, _ runtime.Object, _ map[string]string, _, _, _, _ string, _ ...any) {
}

// GetEventRecorderFor returns a recorder that drops Events.
func (m *interposed) GetEventRecorderFor(string) record.EventRecorder { return silent{} }

// GetEventRecorder returns a recorder that drops Events.
func (m *interposed) GetEventRecorder(string) recorder.EventRecorder { return silentEvents{} }
