package devicesim

import (
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"sigs.k8s.io/yaml"
)

// TestImages holds the device and its description to the table that the
// operator's API and the scenarios are held to, too.
func TestImages(t *testing.T) {
	text, err := os.ReadFile("testdata/images.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var table struct{ Good, Bad []string }
	if err := yaml.UnmarshalStrict(text, &table); err != nil || len(table.Good) == 0 || len(table.Bad) == 0 {
		t.Fatalf("%d good and %d bad images: %v", len(table.Good), len(table.Bad), err)
	}
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	described := doc.Paths.Value("/burn").Post.Parameters.GetByInAndName("query", "image").Schema.Value
	r := serve(t, "transfer: 0s")
	for _, side := range []struct {
		images []string
		good   bool
		status int
	}{{table.Good, true, http.StatusAccepted}, {table.Bad, false, http.StatusBadRequest}} {
		for _, image := range side.images {
			if h := r.mustAsk(http.MethodPost, "/burn?"+url.Values{"image": {image}}.Encode()); h.status != side.status {
				t.Errorf("POST /burn of %q got %d %s, want %d", image, h.status, h.body, side.status)
			}
			if side.good && r.health().Staged.Image != image {
				t.Errorf("%q is staged as %q", image, r.health().Staged.Image)
			}
			if err := described.VisitJSON(image); (err == nil) != side.good {
				t.Errorf("by openapi.yaml, %q: %v", image, err)
			}
			if _, err := ParseFault(map[string]string{"of": "transfer", "do": "stage-wrong", "image": image}); (err == nil) != side.good {
				t.Errorf("a fault with %q: %v", image, err)
			}
		}
	}
}
