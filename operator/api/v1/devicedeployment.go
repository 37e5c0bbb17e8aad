package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DeviceDeployment rolls one image out to one device.
//
// The namespace and spec.deviceRef identify the device. The object has the device's
// name, like the Lease of a Node, so two objects can never act on one device.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=dd,categories=edge
// +kubebuilder:printcolumn:name="Device",type=string,JSONPath=`.spec.deviceRef`
// +kubebuilder:printcolumn:name="Image",type=string,JSONPath=`.spec.image`
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Attempts",type=integer,JSONPath=`.status.attempts`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Progressing")].message`
// +kubebuilder:printcolumn:name="LastError",type=string,priority=1,JSONPath=`.status.lastError`
// +kubebuilder:printcolumn:name="Since",type=date,priority=1,JSONPath=`.status.lastTransitionTime`
// +kubebuilder:printcolumn:name="ConcurrencyHint",type=integer,priority=1,JSONPath=`.spec.concurrencyHint`
//
// +kubebuilder:validation:XValidation:rule="self.metadata.name == self.spec.deviceRef",message="metadata.name must be the same as spec.deviceRef: one device has one DeviceDeployment"
// +kubebuilder:validation:XValidation:rule="self.status.attempts == oldSelf.status.attempts || self.status.attempts <= self.spec.retryPolicy.maxAttempts",message="status.attempts must not be raised over spec.retryPolicy.maxAttempts"
// +kubebuilder:validation:XValidation:rule="self.status.phase != 'Failed' || oldSelf.status.phase == 'Failed' || self.status.attempts >= self.spec.retryPolicy.maxAttempts",message="Failed is reached only when spec.retryPolicy.maxAttempts is exhausted"
// +kubebuilder:validation:XValidation:rule="self.status.phase != 'Pending' || oldSelf.status.phase == 'Pending' || self.status.attempts == 0 || self.status.attempts < self.spec.retryPolicy.maxAttempts",message="Pending is reached only while spec.retryPolicy.maxAttempts is not exhausted"
type DeviceDeployment struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says which image the device should run, and how often to try.
	// +required
	Spec DeviceDeploymentSpec `json:"spec"`

	// status says how far the rollout is. Only the operator writes it. Until then,
	// the API server's default is observedGeneration 0, which tools read as a rollout
	// in progress.
	// +optional
	// +kubebuilder:default={observedGeneration: 0, phase: Pending, attempts: 0}
	Status DeviceDeploymentStatus `json:"status,omitzero"`
}

// DeviceDeploymentSpec is the declared state: which image a device should run.
// Every change of it starts the rollout over, at Pending with 0 attempts.
type DeviceDeploymentSpec struct {
	// image is the reference of the image that the device should run, in the
	// grammar of container registries: [registry/]name[:tag][@digest], such as
	// "fw:2" or "registry.example.com:5000/press/firmware:2.1@sha256:4f2c...".
	// The name is parts with one / between each two: lower-case letters and
	// digits, joined by one . or _, by __ or by dashes. A registry is a host name
	// or, in brackets, an IPv6 address, and may have a port; a tag is 1 to 128
	// letters, digits and _ . - and begins with neither . nor -; a digest is an
	// algorithm, : and at least 32 hexadecimal digits. At most 512 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^(([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(:[0-9]+)?/)?[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,})?$`
	Image string `json:"image"`

	// deviceRef is the logical name of the device, a DNS label of at most 63
	// characters. It is not the name of a Pod, it equals metadata.name, and it
	// cannot be changed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="deviceRef cannot be changed: delete the DeviceDeployment and create another"
	DeviceRef string `json:"deviceRef"`

	// retryPolicy says how many attempts the rollout has, and how many seconds
	// of pause there are between them.
	// +optional
	// +kubebuilder:default={}
	RetryPolicy RetryPolicy `json:"retryPolicy,omitzero"`

	// concurrencyHint says how many devices of this kind may be updated at the same
	// time: 1 to 10000 devices. It is for people and never acted on. A change of it
	// is a change of the spec all the same, and starts the rollout over.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	ConcurrencyHint *int32 `json:"concurrencyHint,omitempty"`
}

// RetryPolicy bounds the attempts of one rollout.
type RetryPolicy struct {
	// maxAttempts is how many times the rollout is tried before it is Failed,
	// the first attempt included: 1 to 100, 3 by default.
	// +optional
	// +kubebuilder:default=3
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxAttempts int32 `json:"maxAttempts,omitempty"`

	// backoffSeconds is the pause between a failed attempt and the next, in
	// seconds: 0 to 86400 (one day), 10 by default.
	// +optional
	// +kubebuilder:default=10
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=86400
	BackoffSeconds *int32 `json:"backoffSeconds,omitempty"`
}
