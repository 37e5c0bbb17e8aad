package edge

import (
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestImages tests the commands with an image against the same table as devices and the
// operator's API.
func TestImages(t *testing.T) {
	text, err := os.ReadFile("../../devicesim/testdata/images.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var table struct{ Good, Bad []string }
	if err := yaml.UnmarshalStrict(text, &table); err != nil || len(table.Good) == 0 || len(table.Bad) == 0 {
		t.Fatalf("%d good and %d bad images: %v", len(table.Good), len(table.Bad), err)
	}
	for _, command := range []string{
		"device press-02 running=IMAGE", "deploy press-01 image=IMAGE maxAttempts=1", "deploy press-01 image=fw:2\nedit press-01 image=IMAGE",
		"curl burn press-01 image=IMAGE", "fault press-01 of=transfer do=stage-wrong image=IMAGE",
	} {
		with := func(image string) error {
			_, err := Language.Parse("images.txt", "device press-01\n"+strings.ReplaceAll(command, "IMAGE", image)+"\nrun\n----\n")
			return err
		}
		for _, image := range table.Good {
			if err := with(image); err != nil {
				t.Errorf("%s: %v", command, err)
			}
		}
		for _, image := range table.Bad {
			// An image with a blank would be two words.
			if !strings.ContainsAny(image, " \t\n") && with(image) == nil {
				t.Errorf("%s took %q", command, image)
			}
		}
	}
}
