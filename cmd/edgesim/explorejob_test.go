package main

import (
	"os"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/harness/explore"
)

// TestTheJobExplores checks the manifest of the Job that explores on a cluster: an API
// server takes it as it is, edgesim takes its arguments, and its Pods play all parts.
func TestTheJobExplores(t *testing.T) {
	text, err := os.ReadFile("config/explore.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var job batchv1.Job
	if err := yaml.UnmarshalStrict(text, &job); err != nil {
		t.Fatal(err)
	}
	plane, err := controlplane.Start(t.Context(), controlplane.Options{Assets: requireControlPlane(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	}()
	api, err := kubernetes.NewForConfig(plane.Config())
	if err != nil {
		t.Fatal(err)
	}
	stored, err := api.BatchV1().Jobs("default").Create(t.Context(), &job, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	if err != nil {
		t.Fatal(err)
	}

	args := stored.Spec.Template.Spec.Containers[0].Args
	command := exploreCommand()
	if err := command.ParseFlags(args[1:]); err != nil || args[0] != command.Name() {
		t.Fatalf("edgesim %s: %v", strings.Join(args, " "), err)
	}
	for index := range *stored.Spec.Completions {
		shard, err := explore.ParseShard(command.Flag("shard").Value.String(), string('0'+rune(index)))
		if err != nil || shard != (explore.Shard{Index: int(index), Of: int(*stored.Spec.Completions)}) {
			t.Errorf("the Pod %d of %d plays %+v (%v)", index, *stored.Spec.Completions, shard, err)
		}
	}
	for _, name := range command.Flags().Args() {
		if _, err := os.Stat("../../scenarios/" + name + ".txt"); err != nil {
			t.Error(err)
		}
	}
}
