package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// eventTimeout bounds the only attempt to write an Event.
const eventTimeout = 2 * time.Second

// ranks orders the transitions of an attempt: the one to Pending ends it.
var ranks = map[v1.Phase]int{
	v1.Transferring: 1, v1.Rebooting: 2, v1.Verifying: 3,
	v1.Pending:   4,
	v1.Succeeded: 5, v1.Failed: 5,
}

// recordEvent writes the Event of a stored transition. Its name identifies the
// transition, so no transition has two Events. Names sort in the order of the
// transitions, since "kubectl describe" can sort these Events only by name. A
// failure to write an Event is only logged.
//
// client-go's recorder is not used, since it writes in real time, from goroutines
// and in no fixed order.
func (r *Reconciler) recordEvent(ctx context.Context, dd *v1.DeviceDeployment, to rollout.Transition, now metav1.MicroTime) {
	reason, kind := string(to.Phase), corev1.EventTypeNormal
	if to.Failure != "" {
		reason, kind = "AttemptFailed", corev1.EventTypeWarning
		if to.Phase == v1.Failed {
			reason = string(v1.Failed)
		}
	}
	e := &eventsv1.Event{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: dd.Namespace,
			Name:      fmt.Sprintf("%s.%.8s.%010d-%03d-%d", dd.Name, dd.UID, to.Generation, to.Attempts, ranks[to.Phase]),
		},
		EventTime:           now,
		ReportingController: "edge-device-operator",
		ReportingInstance:   r.Instance,
		Action:              "Rollout",
		Reason:              reason,
		Regarding: corev1.ObjectReference{
			APIVersion: v1.GroupVersion.String(), Kind: "DeviceDeployment",
			Namespace: dd.Namespace, Name: dd.Name, UID: dd.UID,
		},
		Note: statusMessage(dd),
		Type: kind,
	}
	limited, cancel := r.Clock.WithTimeout(ctx, eventTimeout)
	defer cancel()
	// Nobody reads Events back. With read-your-writes, the client would have to
	// watch all Events.
	err := r.Client.Create(limited, e, client.DisableReadYourWritesConsistency)
	if err != nil && !apierrors.IsAlreadyExists(err) {
		log.FromContext(ctx).Info("the event of a transition was not written", "event", e.Name, "why", err.Error())
	}
}
