package process

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"

	"example.com/edge-device-operator/harness/virtualtime"
)

var codecs = serializer.NewCodecFactory(scheme.Scheme)

// encoded is an object as an API server answers with it.
func encoded(t *testing.T, o runtime.Object, mediaType string) []byte {
	t.Helper()
	info, ok := runtime.SerializerInfoForMediaType(codecs.SupportedMediaTypes(), mediaType)
	if !ok {
		t.Fatal(mediaType)
	}
	var b bytes.Buffer
	if err := codecs.EncoderForVersion(info.Serializer, corev1.SchemeGroupVersion).Encode(o, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var mediaTypes = []string{runtime.ContentTypeJSON, runtime.ContentTypeProtobuf}

func secret(name string, finalizers ...string) corev1.Secret {
	return corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "w", Name: name, UID: types.UID("uid-" + name), ResourceVersion: "10", Labels: map[string]string{"a": "b"}, Finalizers: finalizers,
		},
		Data: map[string][]byte{"password": []byte("k8s\x00"), "more": bytes.Repeat([]byte("x"), 1000)},
	}
}

func TestDecodeInBothEncodings(t *testing.T) {
	one := secret("one", "test.example.com/hold")
	for _, mediaType := range mediaTypes {
		b, err := decode(encoded(t, &one, mediaType), nil)
		want := metadata{Name: "one", Namespace: "w", UID: "uid-one", ResourceVersion: "10", Labels: map[string]string{"a": "b"}, Finalizers: []string{"test.example.com/hold"}}
		if err != nil || b.Kind != "Secret" || b.APIVersion != "v1" || !reflect.DeepEqual(b.Metadata, want) {
			t.Errorf("%s: an object is read as %+v, %v", mediaType, b, err)
		}
		b, err = decode(encoded(t, &corev1.SecretList{ListMeta: metav1.ListMeta{ResourceVersion: "11"}, Items: []corev1.Secret{one, secret("two")}}, mediaType), nil)
		if err != nil || len(b.Items) != 2 || !reflect.DeepEqual(b.Items[0].Metadata, want) || b.Items[1].Metadata.UID != "uid-two" {
			t.Errorf("%s: a list is read as %+v, %v", mediaType, b, err)
		}
		b, err = decode(encoded(t, &metav1.Status{Status: metav1.StatusSuccess, Details: &metav1.StatusDetails{Name: "one", UID: "uid-one"}}, mediaType), nil)
		if err != nil || b.Details.UID != "uid-one" {
			t.Errorf("%s: a Status is read as %+v, %v", mediaType, b, err)
		}
	}
	if _, err := decode([]byte("k8s\x00and then no protobuf"), nil); err == nil {
		t.Error("what is no protobuf is read without an error")
	}
}

// TestNoteWrite asks what is known of an object after an answer.
func TestNoteWrite(t *testing.T) {
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Secret"), meta.RESTScopeNamespace)
	there, held := secret("one"), secret("one", "test.example.com/hold")
	deleting := *there.DeepCopy()
	deleting.DeletionTimestamp = &metav1.Time{Time: time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)}
	heldDeleting := *held.DeepCopy()
	heldDeleting.DeletionTimestamp = deleting.DeletionTimestamp
	graceful := *deleting.DeepCopy()
	graceful.DeletionGracePeriodSeconds = new(int64(30))
	gone := &metav1.Status{Status: metav1.StatusSuccess, Details: &metav1.StatusDetails{Name: "one", UID: "uid-one"}}
	collection := func(items ...corev1.Secret) runtime.Object { return &corev1.SecretList{Items: items} }
	const one, all = "/api/v1/namespaces/w/secrets/one", "/api/v1/namespaces/w/secrets"
	for _, c := range []struct {
		what, method, url string
		answer            runtime.Object
		want              string // what a handler lags behind on that was told of version 9
	}{
		{"a read", http.MethodGet, one, &there, ""},
		{"a create", http.MethodPost, all, &there, "the newest version"},
		{"an update", http.MethodPut, one, &there, "the newest version"},
		{"an apply that is a trial", http.MethodPatch, one + "?dryRun=All", &there, ""},
		{"the removal of the last finalizer", http.MethodPut, one, &deleting, "the end"},
		{"a change of what is being deleted", http.MethodPatch, one, &heldDeleting, "the newest version"},
		{"a deletion", http.MethodDelete, one, gone, "the end"},
		{"a deletion that answers with what was there", http.MethodDelete, one, &there, "the end"},
		{"a deletion that a finalizer holds", http.MethodDelete, one, &heldDeleting, "the newest version"},
		{"a graceful deletion", http.MethodDelete, one, &graceful, "the newest version"},
		{"the deletion of a collection", http.MethodDelete, all, collection(there), "the end"},
		{"the deletion of a collection that a finalizer holds", http.MethodDelete, all, collection(held), "the newest version"},
		{"that of one that is being deleted", http.MethodDelete, all, collection(heldDeleting), ""},
		{"a status", http.MethodPatch, one + "/status", &there, "the newest version"},
	} {
		for _, mediaType := range mediaTypes {
			a := virtualtime.NewQuiescence()
			f := NewSyncTracker(a)
			v := f.Watch("one", Scope{Kind: corev1.SchemeGroupVersion.WithKind("Secret").GroupKind()})
			before := secret("one")
			before.ResourceVersion = "9"
			v.Delivered(metadataOf(&before).version(v.kind))
			b, err := decode(encoded(t, c.answer, mediaType), nil)
			if err != nil {
				t.Fatal(err)
			}
			noteWrite(f, mapper, httptest.NewRequest(c.method, c.url, nil), http.StatusOK, b)
			lags := strings.Join(f.Busy(), "; ")
			if (lags == "") != (c.want == "") || !strings.Contains(lags, c.want) {
				t.Errorf("%s, %s: %q, want %q", c.what, mediaType, lags, c.want)
			}
		}
	}
}
