package process

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// metadata is the part of an object's metadata that this package needs.
type metadata struct {
	Name            string            `json:"name"`
	GenerateName    string            `json:"generateName"`
	Namespace       string            `json:"namespace"`
	UID             types.UID         `json:"uid"`
	ResourceVersion string            `json:"resourceVersion"`
	Labels          map[string]string `json:"labels"`
	Finalizers      []string          `json:"finalizers"`
	Deletion        *metav1.Time      `json:"deletionTimestamp"`
	Grace           *int64            `json:"deletionGracePeriodSeconds"`
}

// ended says whether an object with such metadata is gone: the API server returns its
// last state when the last finalizer is removed.
func (m metadata) ended() bool {
	return m.Deletion != nil && len(m.Finalizers) == 0 && (m.Grace == nil || *m.Grace == 0)
}

// body is the part of an API server's answer that is decoded: of an object, of a list,
// or of a Status.
type body struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   metadata `json:"metadata"`
	Items      []struct {
		Metadata metadata `json:"metadata"`
	} `json:"items"`
	Details struct {
		UID types.UID `json:"uid"`
	} `json:"details"`

	object runtime.Object // the whole object, if the scheme has its type
}

// protobuf is the prefix of every answer in protobuf.
var protobuf = []byte("k8s\x00")

// decode decodes an answer, once: as an object if the scheme has its type, or else only
// the metadata. In protobuf, field 1 of every object is its ObjectMeta, and fields 1
// and 2 of every list are its ListMeta and its items, so that needs no scheme.
func decode(answer []byte, scheme *runtime.Scheme) (b body, err error) {
	raw, is := bytes.CutPrefix(answer, protobuf)
	if !is {
		if o := typed(answer, scheme); o != nil {
			b.APIVersion, b.Kind = o.GetObjectKind().GroupVersionKind().ToAPIVersionAndKind()
			b.Metadata, b.object = metadataOf(o.(metav1.Object)), o
			return b, nil
		}
		err = json.Unmarshal(answer, &b)
		return b, err
	}
	var u runtime.Unknown
	if err := u.Unmarshal(raw); err != nil {
		return b, err
	}
	b.APIVersion, b.Kind = u.APIVersion, u.Kind
	switch {
	case u.Kind == "Status":
		var s metav1.Status
		err = s.Unmarshal(u.Raw)
		if s.Details != nil {
			b.Details.UID = s.Details.UID
		}
	case strings.HasSuffix(u.Kind, "List"):
		var l metav1.PartialObjectMetadataList
		err = l.Unmarshal(u.Raw)
		b.Items = make([]struct {
			Metadata metadata `json:"metadata"`
		}, len(l.Items))
		for n := range l.Items {
			b.Items[n].Metadata = metadataOf(&l.Items[n])
		}
	default:
		var o metav1.PartialObjectMetadata
		err = o.Unmarshal(u.Raw)
		b.Metadata = metadataOf(&o)
	}
	return b, err
}

// typed decodes an object in JSON into its type in the scheme. It returns nil if there
// is none, or if it isn't a single object.
func typed(answer []byte, scheme *runtime.Scheme) runtime.Object {
	if scheme == nil {
		return nil
	}
	o, err := scheme.New(kindIn(answer))
	if err != nil {
		return nil
	}
	if _, one := o.(metav1.Object); !one || json.Unmarshal(answer, o) != nil {
		return nil
	}
	return o
}

// kindIn reads the kind of an object in JSON. An API server writes it first, so nothing
// more is parsed.
func kindIn(answer []byte) schema.GroupVersionKind {
	var apiVersion, kind string
	d := json.NewDecoder(bytes.NewReader(answer))
	if _, err := d.Token(); err != nil {
		return schema.GroupVersionKind{}
	}
	for range 2 {
		key, err := d.Token()
		if err != nil {
			break
		}
		value, err := d.Token()
		if err != nil {
			break
		}
		switch text, _ := value.(string); key {
		case "apiVersion":
			apiVersion = text
		case "kind":
			kind = text
		}
	}
	return schema.FromAPIVersionAndKind(apiVersion, kind)
}

func metadataOf(o metav1.Object) metadata {
	return metadata{
		Name: o.GetName(), GenerateName: o.GetGenerateName(), Namespace: o.GetNamespace(), UID: o.GetUID(), ResourceVersion: o.GetResourceVersion(), Labels: o.GetLabels(),
		Finalizers: o.GetFinalizers(), Deletion: o.GetDeletionTimestamp(), Grace: o.GetDeletionGracePeriodSeconds(),
	}
}

// version returns the version of an object with such metadata.
func (m metadata) version(kind schema.GroupKind) Version {
	return Version{Kind: kind, Namespace: m.Namespace, Name: m.Name, Labels: m.Labels, UID: m.UID, ResourceVersion: m.ResourceVersion}
}

// noteWrite tracks what a write has stored or deleted, according to its answer, and
// returns the last versions of these objects; none if the request isn't a write that
// was served.
func noteWrite(f *SyncTracker, mapper meta.RESTMapper, req *http.Request, status int, b body) []Version {
	r, ok := resourceOf(req)
	if !ok || status/100 != 2 || req.Method == http.MethodGet || req.URL.Query().Has("dryRun") {
		return nil
	}
	kind := kindOf(mapper, r, b)
	switch deletes := req.Method == http.MethodDelete; {
	case deletes && b.Details.UID != "":
		f.Deleted(b.Details.UID)
		return []Version{{Kind: kind, Namespace: r.Namespace, Name: r.Name, UID: b.Details.UID}}
	case deletes && r.Name == "":
		return noteCollection(f, r, kind, b)
	case b.Metadata.UID == "":
		return nil
	case deletes && b.Metadata.Deletion == nil, b.Metadata.ended():
		f.Deleted(b.Metadata.UID)
	default:
		f.Written(b.Metadata.version(kind))
	}
	return []Version{b.Metadata.version(kind)}
}

// noteCollection tracks the objects of a deleted collection. The answer has each object
// as it was before. That is not enough for Pods, which end when a kubelet says so.
func noteCollection(f *SyncTracker, r resource, kind schema.GroupKind, b body) (all []Version) {
	if r.Resource == "pods" {
		return nil
	}
	for _, item := range b.Items {
		m := item.Metadata
		v := m.version(kind)
		switch {
		case m.UID == "":
			continue
		case len(m.Finalizers) == 0:
			f.Deleted(m.UID)
		case m.Deletion == nil:
			f.changed(v)
		}
		all = append(all, v)
	}
	return all
}

// kindOf returns the kind of a resource's objects, even if the answer has another kind:
// metadata and subresources have kinds of their own.
func kindOf(mapper meta.RESTMapper, r resource, b body) schema.GroupKind {
	if mapper != nil {
		if kind, err := mapper.KindFor(r.GroupVersionResource); err == nil {
			return kind.GroupKind()
		}
	}
	gv, _ := schema.ParseGroupVersion(b.APIVersion) // of an API server, which has no other
	return gv.WithKind(b.Kind).GroupKind()
}
