package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Phase is where a rollout stands.
//
// +kubebuilder:validation:Enum=Pending;Transferring;Rebooting;Verifying;Succeeded;Failed
// +kubebuilder:validation:MaxLength=12
type Phase string

const (
	// Pending waits for its turn: the first attempt at once, a retry
	// spec.retryPolicy.backoffSeconds after the attempt that failed.
	Pending Phase = "Pending"
	// Transferring waits until the image is staged on the device.
	Transferring Phase = "Transferring"
	// Rebooting waits until the device is back, running the image.
	Rebooting Phase = "Rebooting"
	// Verifying waits until the device says that it is healthy on the image.
	Verifying Phase = "Verifying"
	// Succeeded is terminal: the device runs the image and is healthy.
	Succeeded Phase = "Succeeded"
	// Failed is terminal: every attempt of the retry policy failed.
	Failed Phase = "Failed"
)

// Types of the conditions in a DeviceDeploymentStatus.
const (
	// ConditionProgressing is True while the rollout has not ended.
	ConditionProgressing = "Progressing"
	// ConditionSucceeded is True once the device runs the image.
	ConditionSucceeded = "Succeeded"
	// ConditionFailed is True once the retry policy is exhausted.
	ConditionFailed = "Failed"
	// ConditionReconciling and ConditionStalled repeat Progressing and Failed
	// under the names that kstatus knows. They are present only while True.
	ConditionReconciling = "Reconciling"
	ConditionStalled     = "Stalled"
)

// ReasonDeleting is the reason of Progressing and Reconciling while an object
// is being deleted but a finalizer still holds it. Both are False then.
const ReasonDeleting = "Deleting"

// DeviceDeploymentStatus is the observed state, and the operator's only
// memory: what is not here is lost when the controller restarts.
//
// The first rule below is the table of allowed transitions. The API server
// enforces it, so that not even a stale controller can move a rollout back.
//
// +kubebuilder:validation:XValidation:rule="self.observedGeneration > oldSelf.observedGeneration ? self.phase == 'Pending' && self.attempts == 0 : self.observedGeneration == oldSelf.observedGeneration && (self.phase == oldSelf.phase ? self.attempts == oldSelf.attempts : oldSelf.phase == 'Pending' ? self.phase == 'Transferring' && self.attempts == oldSelf.attempts + 1 : self.attempts == oldSelf.attempts && self.phase in {'Transferring':['Rebooting','Verifying','Pending','Failed'],'Rebooting':['Verifying','Pending','Failed'],'Verifying':['Succeeded','Pending','Failed'],'Succeeded':[],'Failed':[]}[oldSelf.phase])",message="status may only move forward: Pending, Transferring (attempts + 1), Rebooting, Verifying, Succeeded; a failed attempt goes back to Pending or ends in Failed; a new generation starts at Pending with 0 attempts"
// +kubebuilder:validation:XValidation:rule="self.observedGeneration > 0 ? has(self.lastTransitionTime) : self == oldSelf",message="observedGeneration 0 is no status yet: what is written names the generation that it speaks of, and its lastTransitionTime"
type DeviceDeploymentStatus struct {
	// observedGeneration is the metadata.generation that this status is about;
	// 0 while there is no status yet.
	// +required
	// +kubebuilder:validation:Minimum=0
	ObservedGeneration int64 `json:"observedGeneration"`

	// phase is where the rollout stands: Pending, Transferring, Rebooting,
	// Verifying, Succeeded or Failed.
	// +required
	Phase Phase `json:"phase"`

	// attempts is how many attempts this generation has begun: 0 to 100.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Attempts int32 `json:"attempts"`

	// lastTransitionTime is when phase, attempts or observedGeneration last
	// changed, to the microsecond. Backoff and deadlines count from it. Absent
	// while there is no status yet. Its fraction of a second has exactly six
	// digits: a client written in Go can't read any other, nor a list that has one.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`\.[0-9]{6}(Z|[+-][0-9]{2}:[0-9]{2})$`
	LastTransitionTime metav1.MicroTime `json:"lastTransitionTime,omitzero"`

	// lastError says in one sentence why this generation's last failed attempt
	// failed, in at most 256 characters; empty where none has failed.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	LastError string `json:"lastError,omitempty"`

	// transfer is the transfer that was still under way when a deadline ended the
	// previous attempt. The next attempt waits for it while it makes progress.
	// Absent once the image is staged.
	// +optional
	Transfer *UnfinishedTransfer `json:"transfer,omitempty"`

	// deviceErrors say why the present phase makes no progress. The operator
	// reports the first error of a phase at once, and changes at most once a
	// minute. Absent while there has been no error in this phase.
	// +optional
	DeviceErrors *DeviceErrors `json:"deviceErrors,omitempty"`

	// image is the image that the observed generation asks for.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Image string `json:"image,omitempty"`

	// imageGeneration is the first generation of those, without a gap up to the
	// observed one, that ask for the same image. The rollout continues with what
	// they had the device transfer. Generations that the operator never observed
	// don't count.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ImageGeneration int64 `json:"imageGeneration,omitempty"`

	// conditions are Progressing, Succeeded and Failed, for kubectl wait, and
	// Reconciling or Stalled, for tools that use kstatus. The reason of each is
	// the phase, or Deleting while the object is being deleted. The message
	// includes the device errors.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// UnfinishedTransfer is a transfer that was under way at the last observation.
type UnfinishedTransfer struct {
	// key identifies the transfer to the device: uid, generation and attempt. At
	// most 80 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	Key string `json:"key"`

	// progress is how far it had come, in percent: 0 to 100.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Progress int32 `json:"progress"`
}

// DeviceErrors are the errors of the operator's requests to the device in the
// present phase. The operator writes them at the first error of a phase, and
// when they change, but at most once a minute. Such a write is no transition.
type DeviceErrors struct {
	// observe says why the last observation of the device failed, in a sentence
	// of at most 128 characters; empty where it succeeded.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Observe string `json:"observe,omitempty"`

	// post says why the last POST failed, in a sentence of at most 128
	// characters. It stays until an observation shows that the POST had its
	// effect, or the phase ends.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Post string `json:"post,omitempty"`

	// time is when this was written, to the microsecond, in the same form as
	// lastTransitionTime.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`\.[0-9]{6}(Z|[+-][0-9]{2}:[0-9]{2})$`
	Time metav1.MicroTime `json:"time"`
}

// DeviceDeploymentList is a list of DeviceDeployments.
//
// +kubebuilder:object:root=true
type DeviceDeploymentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []DeviceDeployment `json:"items"`
}
