// Package v1 holds the one API type of edge-device-operator: DeviceDeployment,
// version v1 of the group edge.example.com.
//
// +kubebuilder:object:generate=true
// +groupName=edge.example.com
package v1
