package world

import (
	"bytes"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

func TestMessageInBothEncodings(t *testing.T) {
	status := &metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Message: "too long"}
	for _, contentType := range []string{runtime.ContentTypeJSON, runtime.ContentTypeProtobuf} {
		info, ok := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), contentType)
		if !ok {
			t.Fatal(contentType)
		}
		var answer bytes.Buffer
		if err := info.Serializer.Encode(status, &answer); err != nil {
			t.Fatal(err)
		}
		if got := message(answer.Bytes()); got != status.Message {
			t.Errorf("in %s: %q", contentType, got)
		}
	}
	if got := message([]byte("no Status")); got != "no Status" {
		t.Errorf("of something else: %q", got)
	}
}
