package v1_test

import (
	"fmt"
	"log"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// What a person declares: the rest is defaults, and the operator's status.
func ExampleDeviceDeployment() {
	text, err := yaml.Marshal(v1.DeviceDeployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1.GroupVersion.String(), Kind: "DeviceDeployment"},
		ObjectMeta: metav1.ObjectMeta{Name: "press-01", Namespace: "plant"},
		Spec:       v1.DeviceDeploymentSpec{DeviceRef: "press-01", Image: "fw:2", RetryPolicy: v1.RetryPolicy{MaxAttempts: 5}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", text)
	// Output:
	// apiVersion: edge.example.com/v1
	// kind: DeviceDeployment
	// metadata:
	//   name: press-01
	//   namespace: plant
	// spec:
	//   deviceRef: press-01
	//   image: fw:2
	//   retryPolicy:
	//     maxAttempts: 5
}
